extension Tensor {
    /// The sum along the given axes, or of everything.
    public func sum(_ axes: [Int]? = nil, keepingAxes: Bool = false) throws -> Tensor {
        try reduce(.sum, axes, keepingAxes)
    }

    /// The largest element along the given axes, or of everything; NaN if any is.
    ///
    /// Where several are the largest, the gradient is shared evenly among them.
    public func max(_ axes: [Int]? = nil, keepingAxes: Bool = false) throws -> Tensor {
        try reduce(.max, axes, keepingAxes)
    }

    /// The smallest element along the given axes, or of everything; NaN if any is.
    ///
    /// Where several are the smallest, the gradient is shared evenly among them.
    public func min(_ axes: [Int]? = nil, keepingAxes: Bool = false) throws -> Tensor {
        try told(as: "min", [self]) { try -(-self).max(axes, keepingAxes: keepingAxes) }
    }

    /// The mean along the given axes, or of everything.
    public func mean(_ axes: [Int]? = nil, keepingAxes: Bool = false) throws -> Tensor {
        try told(as: "mean", [self]) {
            let total = try sum(axes, keepingAxes: keepingAxes)
            return try total * (Double(total.shape.count) / Double(shape.count))
        }
    }

    /// The variance along the given axes, or of everything: `Σ (x − mean)² / (n − correction)`.
    ///
    /// The correction is PyTorch's: 1 for what a sample says about all there is, 0 for the mean of the
    /// squares of the numbers themselves, as layers that normalize take it.
    ///
    /// - Throws: ``GraphError`` also where there are no more numbers than the correction.
    public func variance(
        _ axes: [Int]? = nil, correction: Double = 1, keepingAxes: Bool = false
    ) throws -> Tensor {
        try told(as: "variance", [self]) {
            let total = try square(self - mean(axes, keepingAxes: true)).sum(
                axes, keepingAxes: keepingAxes)
            let count = Double(shape.count / total.shape.count)
            guard count > correction else {
                throw misuse(
                    "variance",
                    "\(Int(count)) numbers are not more than the correction \(correction)")
            }
            return try total / (count - correction)
        }
    }

    /// The square root of the ``variance(_:correction:keepingAxes:)``.
    ///
    /// Where all numbers are equal there is no derivative, and the gradient is NaN.
    public func standardDeviation(
        _ axes: [Int]? = nil, correction: Double = 1, keepingAxes: Bool = false
    ) throws -> Tensor {
        try told(as: "standardDeviation", [self]) {
            try sqrt(variance(axes, correction: correction, keepingAxes: keepingAxes))
        }
    }

    /// The position of the first largest element along an axis, by default the last; int32.
    public func argmax(axis: Int = -1) throws -> Tensor {
        try Tensor(.argmax(axis: shape.place(ofAxis: axis)), [self])
    }

    private func reduce(
        _ reduction: Operation.Reduction, _ axes: [Int]?, _ keepingAxes: Bool
    ) throws -> Tensor {
        let axes = axes?.map(shape.place) ?? Array(0..<shape.rank)
        if axes.isEmpty { return self }
        let result = try Tensor(.reduce(reduction, axes: axes), [self])
        return keepingAxes ? try result.reshape(shape.keeping(axes)) : result
    }
}
