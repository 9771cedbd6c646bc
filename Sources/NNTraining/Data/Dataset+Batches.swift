import NNGraph
import NNModel

extension Dataset {
    /// The samples of an epoch in batches, each input and target by its name; the last batch is what is left.
    ///
    /// The order is a function of the seed and the epoch: that in which ``Trainer`` takes them.
    ///
    /// - Parameters:
    ///   - size: The samples of a batch, at least 1.
    ///   - seed: What the order depends on.
    ///   - epoch: The epoch, counted from 0, each of which is shuffled anew; nil for the order of the data set.
    /// - Returns: The batches, each made when it is asked for.
    public func batches(
        of size: Int, seed: UInt64 = 0, epoch: Int? = nil
    ) -> some Sequence<[String: Features]> {
        let order =
            epoch.map {
                Philox(seed: seed).permutation(
                    count: count, step: UInt32(truncatingIfNeeded: $0),
                    stream: RandomStream.shuffling)
            } ?? Array(0..<Int32(count))
        return stride(from: 0, to: count, by: max(1, size)).lazy.map { start in
            let places = order[start..<Swift.min(start + max(1, size), order.count)].map { Int($0) }
            var columns: [String: Features] = [:]
            for input in inputs {
                columns[input.name] = input.values.selecting(places, width: input.width)
            }
            for target in allTargets {
                columns[target.name] = target.numbers.selecting(places, width: target.width)
            }
            return columns
        }
    }
}
