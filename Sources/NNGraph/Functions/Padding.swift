/// What is put around a tensor.
public enum PaddingMode: String, Codable, Sendable, CaseIterable {
    /// Zeros.
    case zeros
    /// The elements from the edge inwards, without that at the edge.
    case reflect
    /// The element at the edge.
    case replicate
    /// The elements at the other end.
    case circular
}

extension Tensor {
    /// The tensor with so many elements of a value before and after it along each axis.
    public func padded(lower: [Int], upper: [Int], value: Double = 0) throws -> Tensor {
        (lower + upper).allSatisfy { $0 == 0 }
            ? self : try Tensor(.pad(lower: lower, upper: upper, value: value), [self])
    }

    /// The tensor with so many elements before and after it along one axis, as a mode says.
    ///
    /// - Throws: ``GraphError`` where the axis has too few elements to reflect or to go around.
    public func padded(
        axis: Int, lower: Int, upper: Int, mode: PaddingMode
    ) throws -> Tensor {
        let place = shape.place(ofAxis: axis)
        guard shape.dimensions.indices.contains(place), lower >= 0, upper >= 0 else {
            throw misuse(
                "padded", "axis \(axis) of \(shape) is not padded by \(lower) and \(upper)")
        }
        let extent = shape[place]
        let longest = mode == .reflect ? extent - 1 : mode == .circular ? extent : Int.max
        guard Swift.max(lower, upper) <= longest else {
            throw misuse(
                "padded",
                "axis \(axis) of \(shape) has too few elements to be padded by \(lower) and \(upper) in the mode \(mode.rawValue)"
            )
        }
        func part(_ start: Int, _ count: Int, _ stride: Int) throws -> [Tensor] {
            guard count > 0 else { return [] }
            let places = Windows(start: start, count: count, stride: stride, size: 1)
            return [try Tensor(.windows(axis: place, places), [self]).squeeze(place + 1)]
        }
        let (before, after): ([Tensor], [Tensor])
        switch mode {
        case .zeros:
            var (low, high) = (shape.dimensions.map { _ in 0 }, shape.dimensions.map { _ in 0 })
            (low[place], high[place]) = (lower, upper)
            return try padded(lower: low, upper: high)
        case .reflect:
            (before, after) = (try part(lower, lower, -1), try part(extent - 2, upper, -1))
        case .replicate:
            (before, after) = (try part(0, lower, 0), try part(extent - 1, upper, 0))
        case .circular:
            (before, after) = (try part(extent - lower, lower, 1), try part(0, upper, 1))
        }
        return try concatenate(before + [self] + after, axis: place)
    }
}
