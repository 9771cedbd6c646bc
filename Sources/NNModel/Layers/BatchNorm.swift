import NNGraph

/// Batch normalization (Ioffe and Szegedy, 2015) of each channel of x [batch, channels, …] over all else:
/// `(x − mean) / √(variance + ε) · weight + bias`.
///
/// In training, mean and variance are those of the batch, and running ones go after them; outside of training these
/// are taken. Names, the variance that divides by n in the batch and by n − 1 in the running one, and the defaults are
/// PyTorch's.
public struct BatchNorm: Layer {
    /// What the layer is called in a saved model.
    public static let typeName = "batchnorm"

    /// The channels.
    public let channels: Int
    /// What is added to the variance.
    public let epsilon: Double
    /// The share of a batch in the running mean and variance; nil for the mean over all batches.
    public let momentum: Double?
    /// Whether there are a weight and a bias.
    public let isAffine: Bool

    /// Creates the layer; what is not said is as in PyTorch.
    public init(
        _ channels: Int, epsilon: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true
    ) {
        self.channels = channels
        self.epsilon = epsilon
        self.momentum = momentum
        isAffine = affine
    }

    /// The normalized channels, of the shape of `x`.
    ///
    /// - Throws: ``ModelError`` for x or options that do not fit, and in training for a single value in each channel.
    public func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor {
        try pass.check(channels: channels, of: x)
        try pass.check(epsilon: epsilon)
        if let momentum, !(0...1).contains(momentum) {
            throw ModelError.option(
                layer: pass.place, name: "momentum", value: "\(momentum)",
                expected: "a number from 0 to 1, or none")
        }
        let row = Shape([channels] + x.shape.dimensions.dropFirst(2).map { _ in 1 })
        let runningMean = try pass.running("running_mean", [channels], .zeros)
        let runningVariance = try pass.running("running_var", [channels], .ones)
        let batches = try pass.running("num_batches_tracked", .scalar, .zeros)
        let y: Tensor
        if pass.isTraining {
            let axes = [0] + Array(2..<x.shape.rank)
            let count = x.shape.count / channels
            guard count > 1 else {
                throw ModelError.option(
                    layer: pass.place, name: "batch", value: "\(x.shape)",
                    expected: "more than one value for each channel in training")
            }
            let mean = try x.mean(axes)
            let deviation = try x - mean.reshape(row)
            let variance = try square(deviation).mean(axes)
            y = try deviation * (1 / sqrt(variance + epsilon)).reshape(row)
            let latest = try batches + 1
            let share = try momentum.map { try Tensor.constant($0, .scalar) } ?? 1 / latest
            // Running statistics are no part of what is differentiated.
            let unbiased = try stopGradient(variance) * (Double(count) / Double(count - 1))
            try pass.update(
                "running_mean",
                to: runningMean + (stopGradient(mean) - runningMean) * share)
            try pass.update(
                "running_var", to: runningVariance + (unbiased - runningVariance) * share)
            try pass.update("num_batches_tracked", to: latest)
        } else {
            let scale = try 1 / sqrt(runningVariance + epsilon)
            y = try (x - runningMean.reshape(row)) * scale.reshape(row)
        }
        return isAffine ? try pass.scaledAndShifted(y) : y
    }

    private enum CodingKeys: String, CodingKey {
        case channels, epsilon, momentum
        case isAffine = "affine"
    }
}
