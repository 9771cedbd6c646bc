import NNGraph

/// `(x − y)²`, averaged over the outputs of a sample: [batch, …] against the same shape, as `torch.nn.MSELoss`.
public struct MeanSquaredError: Loss, Equatable {
    /// What the kind is called in a saved model.
    public static let typeName = "mse"

    /// Creates the loss.
    public init() {}

    /// The loss of each sample [batch].
    public func terms(_ outputs: Tensor, _ targets: Tensor) throws -> LossTerms {
        let difference = try outputs - targets
        return LossTerms(try (difference * difference).meanOfEachSample())
    }
}

/// `|x − y|`, averaged over the outputs of a sample: [batch, …] against the same shape, as `torch.nn.L1Loss`.
public struct MeanAbsoluteError: Loss, Equatable {
    /// What the kind is called in a saved model.
    public static let typeName = "mae"

    /// Creates the loss.
    public init() {}

    /// The loss of each sample [batch].
    public func terms(_ outputs: Tensor, _ targets: Tensor) throws -> LossTerms {
        LossTerms(try abs(outputs - targets).meanOfEachSample())
    }
}

/// `e²/2` where the error e = |x − y| is less than δ, else `δ · (e − δ/2)`: as `torch.nn.HuberLoss`.
public struct Huber: Loss, Equatable {
    /// What the kind is called in a saved model.
    public static let typeName = "huber"

    /// Where the square ends, δ.
    public let delta: Double

    /// Creates the loss.
    public init(delta: Double = 1) {
        self.delta = delta
    }

    /// Numbers of the outputs' shape.
    public func targetType(for outputs: Shape) throws -> TensorType {
        guard delta > 0, delta.isFinite else {
            throw LossError.option(
                loss: Self.typeName, name: "delta", value: "\(delta)", expected: "a positive number"
            )
        }
        return TensorType(outputs)
    }

    /// The loss of each sample [batch].
    public func terms(_ outputs: Tensor, _ targets: Tensor) throws -> LossTerms {
        let error = try abs(outputs - targets)
        let isSmall = try compare(error, .less, .constant(delta))
        let losses = try select(isSmall, error * error * 0.5, (error - delta / 2) * delta)
        return LossTerms(try losses.meanOfEachSample())
    }
}

extension Loss where Self == MeanSquaredError {
    /// The mean squared error.
    public static var meanSquaredError: MeanSquaredError { MeanSquaredError() }
}

extension Loss where Self == MeanAbsoluteError {
    /// The mean absolute error.
    public static var meanAbsoluteError: MeanAbsoluteError { MeanAbsoluteError() }
}

extension Tensor {
    /// The mean over all axes but the first.
    fileprivate func meanOfEachSample() throws -> Tensor { try mean(Array(1..<shape.rank)) }
}
