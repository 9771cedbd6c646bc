import NNGraph

/// How several tensors become one.
public enum Merge: Sendable, Hashable {
    /// Their sum; all have one shape.
    case sum
    /// Their product, element by element; all have one shape.
    case product
    /// One after the other along an axis, which is counted with the batch as 0; the other axes agree.
    case concatenation(axis: Int)

    /// Makes one tensor of at least one.
    public func callAsFunction(_ tensors: [Tensor], in pass: ForwardPass) throws -> Tensor {
        guard let first = tensors.first else {
            throw ModelError.noBranches(layer: pass.place)
        }
        if case .concatenation(let axis) = self {
            guard axis != 0, axis != -first.shape.rank else {
                throw ModelError.option(
                    layer: pass.place, name: "axis", value: "\(axis)",
                    expected: "one that is not the batch")
            }
            return try concatenate(tensors, axis: axis)
        }
        return try tensors.dropFirst().reduce(first) { merged, next in
            guard next.shape == merged.shape else {
                throw ModelError.branchShapes(layer: pass.place, merged.shape, next.shape)
            }
            return self == .sum ? try merged + next : try merged * next
        }
    }
}

/// Layers beside each other, each of which gets the same tensor, and whose results become one.
///
/// They are named as if they stood in a ``Sequential``.
public struct Parallel: Layer {
    /// What the layer is called in a saved model.
    public static let typeName = "parallel"

    /// The layers beside each other, with their names.
    public let branches: Sequential
    /// What becomes of their results.
    public let merge: Merge

    /// Joins what layers make of the same tensor.
    public init(_ branches: [any Layer], merge: Merge) {
        self.init(Sequential(branches), merge: merge)
    }

    /// Joins what the layers that the block lists make of the same tensor.
    public init(merge: Merge, @LayerBuilder _ branches: () -> [LayerBuilder.Line]) {
        self.init(Sequential(branches), merge: merge)
    }

    /// Joins what layers with names make of the same tensor.
    public init(_ branches: Sequential, merge: Merge) {
        self.branches = branches
        self.merge = merge
    }

    /// The joined results of all branches.
    public func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor {
        try branches.checkNames()
        let results = try branches.layers.indices.map { try branches.apply($0, to: x, in: pass) }
        return try merge(results, in: pass)
    }
}

extension Parallel: LayerContainer {
    var layers: [any Layer] { branches.layers }
}

extension Parallel {
    private enum CodingKeys: CodingKey { case merge }

    /// Reads the branches as the layers of a ``Sequential``, and what becomes of their results.
    public init(from decoder: any Decoder) throws {
        branches = try Sequential(from: decoder)
        merge = try decoder.container(keyedBy: CodingKeys.self).decode(Merge.self, forKey: .merge)
    }

    /// Writes both.
    public func encode(to encoder: any Encoder) throws {
        try branches.encode(to: encoder)
        var object = encoder.container(keyedBy: CodingKeys.self)
        try object.encode(merge, forKey: .merge)
    }
}

extension Merge: Codable, CustomStringConvertible {
    /// What files call it: `sum`, `product`, `concatenate:1`.
    public var description: String {
        switch self {
        case .sum: "sum"
        case .product: "product"
        case .concatenation(let axis): "concatenate:\(axis)"
        }
    }

    /// Understands what ``description`` says.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        switch (parts.first, parts.count) {
        case ("sum", 1): self = .sum
        case ("product", 1): self = .product
        case ("concatenate", 2):
            guard let axis = Int(parts[1]) else { return nil }
            self = .concatenation(axis: axis)
        default: return nil
        }
    }

    /// Reads the text.
    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let merge = Merge(text) else {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(codingPath: decoder.codingPath, debugDescription: "no merge"))
        }
        self = merge
    }

    /// Writes the text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
