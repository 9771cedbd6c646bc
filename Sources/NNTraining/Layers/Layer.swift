import NNGraph

/// A part of a model: a function from tensor to tensor that may ask for parameters.
///
/// A layer holds its configuration and no numbers. Called in a ``ForwardPass`` it adds its
/// operations to the graph, and the pass hands it the parameters it asks for, so one layer serves
/// every backend, precision and batch size. What `Codable` writes of it is what a saved model says.
public protocol Layer: Codable, Sendable {
    /// What the layer is called in a saved model, such as `linear`.
    static var typeName: String { get }

    /// The layer's result for `x`, whose first axis is the batch.
    func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor
}
