import NNGraph

/// What is done to the numbers of an input before a model takes them: `(x − shift) · factor`.
///
/// It belongs to the model, so that whoever applies it gives the numbers as they were given in training.
public struct Preparation: Codable, Sendable, Hashable {
    /// What is taken away, one number for all or one for each place along the axis.
    public let shift: [Float]
    /// What the rest is multiplied by, as many numbers.
    public let factor: [Float]
    /// The axis of a sample that the numbers lie along; nil if there is one for all.
    public let axis: Int?

    /// Prepares all numbers of an input alike.
    public init(shift: Float, factor: Float) {
        (self.shift, self.factor, axis) = ([shift], [factor], nil)
    }

    /// Prepares the numbers of each place along an axis of a sample by its own shift and factor.
    ///
    /// - Throws: ``ModelError/preparation(counts:shape:)`` for other than as many of each.
    public init(shift: [Float], factor: [Float], axis: Int) throws(ModelError) {
        guard shift.count == factor.count else {
            throw .preparation(counts: [shift.count, factor.count], shape: [])
        }
        (self.shift, self.factor, self.axis) = (shift, factor, axis)
    }

    /// The prepared numbers of a batch x [batch, …].
    func callAsFunction(_ x: Tensor) throws -> Tensor {
        let sample = x.shape.dimensions.dropFirst()
        var shape = [Int](repeating: 1, count: sample.count)
        let count: Int
        if let axis {
            count = (0..<sample.count).contains(axis) ? sample[sample.startIndex + axis] : 0
            if count > 0 { shape[axis] = count }
        } else {
            count = 1
        }
        guard shift.count == count, factor.count == count,
            (shift + factor).allSatisfy(\.isFinite)
        else {
            throw ModelError.preparation(
                counts: [shift.count, factor.count], shape: Shape(Array(sample)))
        }
        func constant(_ values: [Float]) throws -> Tensor {
            try .constant(values.map(Double.init), Shape(shape))
        }
        return try Origin.within(Origin("the preparation of the input")) {
            let shifted = shift.allSatisfy { $0 == 0 } ? x : try x - constant(shift)
            return try shifted * constant(factor)
        }
    }
}
