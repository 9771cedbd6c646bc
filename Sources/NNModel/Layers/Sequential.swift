import NNGraph

/// Layers one after the other, each named by its place or as it is told, as in `torch.nn.Sequential`.
///
///     let model = Sequential {
///         Linear(784, 512)
///         ReLU()
///         Linear(512, 10)
///     }
public struct Sequential: Layer {
    /// What the layer is called in a saved model.
    public static let typeName = "sequential"

    /// The layers, first to last.
    public let layers: [any Layer]
    /// What each layer is called as part of its parameters' names: its place, unless it was given a name.
    public let names: [String]
    /// Where each layer was written down, for messages; empty for layers that come from a list.
    private let sources: [String]

    /// Creates a sequence of layers.
    public init(_ layers: [any Layer]) {
        self.layers = layers
        names = layers.indices.map(String.init)
        sources = []
    }

    /// Creates a sequence of layers with names: `["fc1": Linear(784, 64), "act": ReLU()]`.
    ///
    /// Names are checked when the model is built: ``ModelError/layerName(_:)``.
    public init(_ layers: KeyValuePairs<String, any Layer>) {
        self.init(layers.map(\.value), names: layers.map(\.key))
    }

    /// Creates a sequence of layers and as many names.
    package init(_ layers: [any Layer], names: [String]) {
        self.layers = layers
        self.names = names
        sources = []
    }

    /// Creates a sequence from the layers that the block lists, and remembers their lines.
    public init(@LayerBuilder _ layers: () -> [LayerBuilder.Line]) {
        let lines = layers()
        self.layers = lines.map(\.layer)
        names = lines.indices.map(String.init)
        sources = lines.map(\.source)
    }

    /// The last layer's result.
    public func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor {
        try checkNames()
        return try layers.indices.reduce(x) { try apply($1, to: $0, in: pass) }
    }

    /// Throws unless the names differ: what two layers are called by one name, they would share.
    func checkNames() throws {
        var known: Set<String> = []
        for name in names where !known.insert(name).inserted { throw ModelError.layerName(name) }
    }

    /// The result of one of the layers, as a part of the layer that is being called.
    func apply(_ place: Int, to x: Tensor, in pass: ForwardPass) throws -> Tensor {
        try pass.apply(
            layers[place], named: names[place], to: x,
            source: sources.isEmpty ? nil : sources[place])
    }
}

/// Collects the layers that a block lists, with `if` and `for` where wanted.
@resultBuilder
public enum LayerBuilder {
    /// A layer and the line that makes it.
    public struct Line: Sendable {
        let layer: any Layer
        let source: String
    }

    /// One layer.
    public static func buildExpression(
        _ layer: any Layer, fileID: String = #fileID, line: Int = #line
    ) -> [Line] {
        [Line(layer: layer, source: "\(fileID):\(line)")]
    }
    /// All that the block lists.
    public static func buildBlock(_ parts: [Line]...) -> [Line] { parts.flatMap { $0 } }
    /// The layers of an `if` without `else`.
    public static func buildOptional(_ part: [Line]?) -> [Line] { part ?? [] }
    /// The layers of an `if` that holds.
    public static func buildEither(first part: [Line]) -> [Line] { part }
    /// The layers of an `else`.
    public static func buildEither(second part: [Line]) -> [Line] { part }
    /// The layers of a `for`.
    public static func buildArray(_ parts: [[Line]]) -> [Line] { parts.flatMap { $0 } }
}
