/// How many more numbers may become weights.
///
/// A file may use the same ones in several layers, as one that stores equal biases once does; a number for each of its
/// bytes is plenty for that.
struct WeightBudget {
    private var remaining: Int

    /// For a file of so many bytes.
    init(byteCount: Int) { remaining = byteCount }

    /// Counts numbers that become weights.
    mutating func use(_ count: (partialValue: Int, overflow: Bool)) throws(ONNXError) {
        guard !count.overflow, count.partialValue <= remaining else {
            throw ONNXError(.sharedWeights)
        }
        remaining -= count.partialValue
    }
}
