import Foundation
import NNGraph

/// The coefficient of determination R²: 1 less the squared errors in parts of the targets' variance, over all
/// outputs together.
public struct Determination: Metric {
    /// `R²`.
    public let name = "R²"
    /// A number near the targets' mean: squares of what is left lose nothing in single precision.
    public let center: Double

    /// Creates the metric.
    public init(center: Double = 0) {
        self.center = center
    }

    /// Squared errors, targets and squared targets, the latter from the center.
    public func sums(_ outputs: Tensor, _ targets: Tensor) throws -> MetricTerms {
        let error = try outputs.reshape(targets.shape) - targets
        let target = try targets - center
        return .each([try error * error, target, try target * target])
    }

    /// `1 − Σ e² / (Σ y² − (Σ y)²/n)`.
    public func value(of sums: [Double], loss: Double, count: Double) -> Double {
        1 - sums[0] / (sums[2] - sums[1] * sums[1] / count)
    }
}

/// `exp(loss)`: among how many equally likely tokens a language model is undecided.
public struct Perplexity: Metric {
    /// `perplexity`.
    public let name = "perplexity"

    /// Creates the metric.
    public init() {}

    /// Nothing besides the loss.
    public func sums(_ outputs: Tensor, _ targets: Tensor) throws -> MetricTerms { .each([]) }

    /// The exponential of the loss.
    public func value(of sums: [Double], loss: Double, count: Double) -> Double { exp(loss) }
}
