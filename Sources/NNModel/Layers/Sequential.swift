import NNGraph

/// Layers one after the other, each named by its place as in `torch.nn.Sequential`.
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
    /// Where each layer was written down, for messages; empty for layers that come from a list.
    private let sources: [String]

    /// Creates a sequence of layers.
    public init(_ layers: [any Layer]) {
        self.layers = layers
        sources = []
    }

    /// Creates a sequence from the layers that the block lists, and remembers their lines.
    public init(@LayerBuilder _ layers: () -> [LayerBuilder.Line]) {
        let lines = layers()
        self.layers = lines.map(\.layer)
        sources = lines.map(\.source)
    }

    /// The most layers of a model, those inside of others included: a file may list any number.
    public static let maximumLayerCount = 10_000
    /// How deep sequences may lie inside of each other.
    public static let maximumDepth = 100

    /// Throws for more layers, or layers deeper inside of each other, than a model may have.
    package func checkSize() throws(ModelError) {
        guard try layerCount(withinDepth: Self.maximumDepth) <= Self.maximumLayerCount else {
            throw .layerCount(limit: Self.maximumLayerCount)
        }
    }

    private func layerCount(withinDepth depth: Int) throws(ModelError) -> Int {
        guard depth > 0 else { throw .nesting(limit: Self.maximumDepth) }
        var count = layers.count
        for case let sequence as Sequential in layers {
            count += try sequence.layerCount(withinDepth: depth - 1)
        }
        return count
    }

    /// The last layer's result.
    public func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor {
        try layers.enumerated().reduce(x) { x, next in
            try pass.apply(
                next.element, named: String(next.offset), to: x,
                source: sources.isEmpty ? nil : sources[next.offset])
        }
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
