import NNGraph

/// Something that is reported of a model besides its loss.
///
/// The device adds up sums over the samples of a batch, which no step waits for; the host adds those in double
/// precision and makes one number of them.
public protocol Metric: Sendable {
    /// What it is called in reports, such as `accuracy`.
    var name: String { get }

    /// What is added up over a batch.
    func sums(_ outputs: Tensor, _ targets: Tensor) throws -> MetricTerms

    /// The metric, from its sums and the mean loss over so many elements.
    ///
    /// Elements are what the first of ``MetricTerms/each(_:)`` has one number for.
    func value(of sums: [Double], loss: Double, count: Double) -> Double
}

/// What a metric adds up.
public enum MetricTerms {
    /// Sums over the elements of tensors [batch, …] of one shape.
    case each([Tensor])
    /// A vector that is a sum over the batch already.
    case total(Tensor)
}
