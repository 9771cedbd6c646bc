import NNGraph

/// Sets each element to 0 with probability `rate` in training and scales the others by 1/(1 − rate).
///
/// The scaling keeps the expected value, so outside of training the layer does nothing.
public struct Dropout: Layer {
    /// What the layer is called in a saved model.
    public static let typeName = "dropout"

    /// The probability that an element is dropped, from 0 up to but not including 1.
    public let rate: Double

    /// Creates a layer that drops elements with the given probability.
    public init(rate: Double = 0.5) {
        self.rate = rate
    }

    /// In training `x · mask / (1 − rate)` with a new mask each step, else `x`.
    public func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor {
        try pass.dropout(x, rate: rate, maskShape: x.shape)
    }
}

extension ForwardPass {
    /// In training `x · mask / (1 − rate)` with a mask of a shape that spreads over x, 0 with probability `rate` and else 1;
    /// outside of it `x`.
    func dropout(_ x: Tensor, rate: Double, maskShape: Shape) throws -> Tensor {
        guard (0..<1).contains(rate) else {
            throw ModelError.option(
                layer: place, name: "dropout rate", value: "\(rate)",
                expected: "one from 0 up to but not including 1")
        }
        guard isTraining, rate > 0 else { return x }
        let mask = try compare(uniform(maskShape), .greaterEqual, .constant(rate))
        return try x * (mask * (1 / (1 - rate)))
    }
}

extension Dropout: CustomStringConvertible {
    /// The kind with the rate, for summaries.
    public var description: String { "Dropout(\(rate))" }
}
