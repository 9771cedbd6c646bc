extension Tensor {
    /// The rows of this float or unorm8 table at the indices, as floats; a row of NaN for an index
    /// outside of it.
    public func gather(_ indices: Tensor) throws -> Tensor { try Tensor(.gather, [self, indices]) }
}

/// A table of `count` rows, each the sum of the rows that the indices send to it.
public func scatterAdd(_ rows: Tensor, at indices: Tensor, count: Int) throws -> Tensor {
    try Tensor(.scatterAdd(count: count), [indices, rows])
}

/// A row of `count` numbers for each int32 label, 1 at the label and 0 elsewhere: […] becomes […, count].
///
/// A label outside of `0..<count` gives a row of zeros.
public func oneHot(_ labels: Tensor, count: Int) throws -> Tensor {
    guard labels.type.elementType == .int32 else {
        throw labels.misuse("oneHot", "the labels must be int32")
    }
    guard let last = Int32(exactly: count), last > 0 else {
        throw labels.misuse("oneHot", "the count is \(count), not from 1 to \(Int32.max)")
    }
    let classes = try Tensor.constant(Array(0..<last), [count])
    return try compare(labels.unsqueeze(-1), .equal, classes)
}
