import NNGraph

/// Layers whose result is added to what they were given (He et al., 2016): `x + body(x)`, or
/// `shortcut(x) + body(x)` where the shapes differ.
///
/// The layers are named as if they stood in a ``Sequential``, and the shortcut is called `downsample`, as in
/// torchvision's networks.
public struct Residual: Layer {
    /// What the layer is called in a saved model.
    public static let typeName = "residual"

    /// What the shortcut is called.
    package static let shortcutName = "downsample"

    /// The layers of the longer way.
    public let body: Sequential
    /// The layers of the shorter way; none if the input itself is added.
    public let shortcut: Sequential?

    /// Adds what layers make of a tensor to what the shortcut makes of it.
    public init(_ body: Sequential, shortcut: Sequential? = nil) {
        self.body = body
        self.shortcut = shortcut
    }

    /// Adds what the layers that the block lists make of a tensor to that tensor.
    public init(@LayerBuilder _ layers: () -> [LayerBuilder.Line]) {
        self.init(Sequential(layers))
    }

    /// The sum of both ways.
    public func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor {
        guard shortcut == nil || !body.names.contains(Self.shortcutName) else {
            throw ModelError.layerName(Self.shortcutName)
        }
        let long = try body(x, in: pass)
        let short = try shortcut.map { try pass.apply($0, named: Self.shortcutName, to: x) } ?? x
        guard long.shape == short.shape else {
            throw ModelError.branchShapes(layer: pass.place, long.shape, short.shape)
        }
        return try short + long
    }
}

extension Residual: LayerContainer {
    var layers: [any Layer] { body.layers + (shortcut?.layers ?? []) }
}

extension Residual {
    private enum CodingKeys: CodingKey { case downsample }

    /// Reads the layers as those of a ``Sequential``, and the shortcut if there is one.
    public init(from decoder: any Decoder) throws {
        body = try Sequential(from: decoder)
        shortcut = try decoder.container(keyedBy: CodingKeys.self).decodeIfPresent(
            Sequential.self, forKey: .downsample)
    }

    /// Writes both.
    public func encode(to encoder: any Encoder) throws {
        try body.encode(to: encoder)
        var object = encoder.container(keyedBy: CodingKeys.self)
        try object.encodeIfPresent(shortcut, forKey: .downsample)
    }
}
