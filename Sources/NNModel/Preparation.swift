import NNGraph

/// What is done to the numbers of an input before a model takes them: `(x − shift) · factor`, where `x` is another
/// number in the place of what is missing.
///
/// It belongs to the model, so that whoever applies it gives the numbers as they were given in training.
public struct Preparation: Codable, Sendable, Hashable {
    /// What is taken away, one number for all or one for each place along the axis.
    public let shift: [Float]
    /// What the rest is multiplied by, as many numbers.
    public let factor: [Float]
    /// What stands in the place of NaN, as many numbers; nil where no number may be missing.
    public let fill: [Float]?
    /// The axis of a sample that the numbers lie along; nil if there is one for all.
    public let axis: Int?

    /// Prepares all numbers of an input alike.
    public init(shift: Float, factor: Float) {
        (self.shift, self.factor, fill, axis) = ([shift], [factor], nil, nil)
    }

    /// Prepares the numbers of each place along an axis of a sample by its own shift and factor, and fills in its own
    /// number where one is missing.
    ///
    /// - Throws: ``ModelError/preparation(counts:shape:)`` for other than as many of each.
    public init(
        shift: [Float], factor: [Float], fill: [Float]? = nil, axis: Int
    ) throws(ModelError) {
        guard shift.count == factor.count, fill?.count ?? shift.count == shift.count else {
            throw .preparation(counts: [shift.count, factor.count], shape: [])
        }
        (self.shift, self.factor, self.fill, self.axis) = (shift, factor, fill, axis)
    }

    /// Whether numbers become others, and not just what is missing is filled in.
    package var isScale: Bool {
        !shift.allSatisfy { $0 == 0 } || !factor.allSatisfy { $0 == 1 }
    }

    /// The same for samples of one axis, with a number in the place of a missing one at each place along it.
    ///
    /// - Throws: ``ModelError/preparation(counts:shape:)`` for other than as many.
    public func filling(_ fill: [Float]) throws(ModelError) -> Preparation {
        func spread(_ values: [Float]) -> [Float] {
            axis == nil && values.count == 1
                ? [Float](repeating: values[0], count: fill.count) : values
        }
        return try Preparation(shift: spread(shift), factor: spread(factor), fill: fill, axis: 0)
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
        guard shift.count == count, factor.count == count, fill?.count ?? count == count,
            (shift + factor + (fill ?? [])).allSatisfy(\.isFinite)
        else {
            throw ModelError.preparation(
                counts: [shift.count, factor.count], shape: Shape(Array(sample)))
        }
        func constant(_ values: [Float]) throws -> Tensor {
            try .constant(values.map(Double.init), Shape(shape))
        }
        return try Origin.within(Origin("the preparation of the input")) {
            // Nothing but NaN differs from itself.
            let whole = try fill.map { try select(compare(x, .equal, x), x, constant($0)) } ?? x
            let shifted = shift.allSatisfy { $0 == 0 } ? whole : try whole - constant(shift)
            return factor.allSatisfy { $0 == 1 } && fill != nil
                ? shifted : try shifted * constant(factor)
        }
    }
}
