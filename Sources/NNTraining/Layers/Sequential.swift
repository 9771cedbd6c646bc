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

    /// Creates a sequence of layers.
    public init(_ layers: [any Layer]) {
        self.layers = layers
    }

    /// Creates a sequence from the layers that the block lists.
    public init(@LayerBuilder _ layers: () -> [any Layer]) {
        self.init(layers())
    }

    /// The last layer's result.
    public func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor {
        try layers.enumerated().reduce(x) { x, next in
            try pass.apply(next.element, named: String(next.offset), to: x)
        }
    }
}

/// Collects the layers that a block lists, with `if` and `for` where wanted.
@resultBuilder
public enum LayerBuilder {
    /// One layer.
    public static func buildExpression(_ layer: any Layer) -> [any Layer] { [layer] }
    /// All that the block lists.
    public static func buildBlock(_ parts: [any Layer]...) -> [any Layer] { parts.flatMap { $0 } }
    /// The layers of an `if` without `else`.
    public static func buildOptional(_ part: [any Layer]?) -> [any Layer] { part ?? [] }
    /// The layers of an `if` that holds.
    public static func buildEither(first part: [any Layer]) -> [any Layer] { part }
    /// The layers of an `else`.
    public static func buildEither(second part: [any Layer]) -> [any Layer] { part }
    /// The layers of a `for`.
    public static func buildArray(_ parts: [[any Layer]]) -> [any Layer] { parts.flatMap { $0 } }
}
