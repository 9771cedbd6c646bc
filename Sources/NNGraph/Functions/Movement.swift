// Axes count from 0; negative ones from the end, −1 being the last.

extension Shape {
    /// The place of an axis that may be counted from the end; what is no axis stays as it is.
    func place(ofAxis axis: Int) -> Int { (-rank..<0).contains(axis) ? axis + rank : axis }
}

extension Tensor {
    /// The tensor repeated to a larger shape.
    public func broadcast(to shape: Shape) throws -> Tensor {
        shape == self.shape ? self : try Tensor(.broadcast(shape), [self])
    }

    /// The same elements in row-major order under another shape.
    ///
    /// One extent may be −1: it becomes what the number of elements leaves for it.
    public func reshape(_ shape: Shape) throws -> Tensor {
        let shape = shape.dimensions.contains(-1) ? try completed(shape) : shape
        return shape == self.shape ? self : try Tensor(.reshape(shape), [self])
    }

    /// The shape with its −1 replaced.
    private func completed(_ wanted: Shape) throws -> Shape {
        let given = Shape(wanted.dimensions.filter { $0 != -1 })
        guard given.rank == wanted.rank - 1 else {
            throw misuse("reshape", "one extent may be -1, and \(wanted) has several")
        }
        guard given.dimensions.allSatisfy({ $0 > 0 }), given.isCountable,
            shape.count.isMultiple(of: given.count)
        else {
            throw misuse(
                "reshape", "the \(shape.count) elements of \(shape) do not fill any \(wanted)")
        }
        return Shape(wanted.dimensions.map { $0 == -1 ? shape.count / given.count : $0 })
    }

    /// The axes from `axis` on made one, in row-major order.
    public func flatten(from axis: Int = 0) throws -> Tensor {
        let first = try self.axis(axis, of: "flatten", in: 0..<Swift.max(1, shape.rank))
        let dimensions = shape.dimensions
        return try reshape(
            Shape(dimensions[..<first] + [dimensions[first...].reduce(1, *)]))
    }

    /// The tensor without an axis of extent 1.
    public func squeeze(_ axis: Int) throws -> Tensor {
        let place = try self.axis(axis, of: "squeeze", in: 0..<shape.rank)
        guard shape[place] == 1 else {
            throw misuse(
                "squeeze", "axis \(axis) of \(shape) has the extent \(shape[place]), not 1")
        }
        return try reshape(shape.removing([place]))
    }

    /// The tensor with a new axis of extent 1, which is axis `axis` of the result.
    public func unsqueeze(_ axis: Int) throws -> Tensor {
        let place = try self.axis(axis, of: "unsqueeze", in: 0..<shape.rank + 1)
        var dimensions = shape.dimensions
        dimensions.insert(1, at: place)
        return try reshape(Shape(dimensions))
    }

    /// The place of an axis among some, from whose end a negative one counts.
    private func axis(_ axis: Int, of function: String, in axes: Range<Int>) throws -> Int {
        let place = (-axes.count..<0).contains(axis) ? axis + axes.count : axis
        guard axes.contains(place) else {
            throw misuse(function, "axis \(axis) is outside of \(shape)")
        }
        return place
    }

    /// The tensor with axis `i` of the result taken from axis `permutation[i]`.
    public func transpose(_ permutation: [Int]) throws -> Tensor {
        try Tensor(.transpose(permutation.map(shape.place)), [self])
    }

    /// The tensor with its last two axes swapped.
    public func transpose() throws -> Tensor {
        let rank = shape.rank
        guard rank >= 2 else { return self }
        return try transpose(Array(0..<rank - 2) + [rank - 1, rank - 2])
    }

    /// The elements whose position along `axis` lies in the range.
    public func slice(_ range: Range<Int>, axis: Int = 0) throws -> Tensor {
        var lower = [Int](repeating: 0, count: shape.rank)
        var upper = shape.dimensions
        let place = try self.axis(axis, of: "slice", in: 0..<shape.rank)
        (lower[place], upper[place]) = (range.lowerBound, range.upperBound)
        return try Tensor(.slice(lower: lower, upper: upper), [self])
    }
}

/// The tensors one after the other along an axis.
public func concatenate(_ tensors: [Tensor], axis: Int = 0) throws -> Tensor {
    try Tensor(.concatenate(axis: tensors.first?.shape.place(ofAxis: axis) ?? axis), tensors)
}

/// Tensors of one shape side by side along a new axis, which is axis `axis` of the result.
public func stack(_ tensors: [Tensor], axis: Int = 0) throws -> Tensor {
    guard let first = tensors.first, tensors.allSatisfy({ $0.type == first.type }) else {
        throw GraphError.shape(
            operation: "stack", operands: tensors.map(\.type),
            problem: "it takes one or more tensors of one shape and element type")
    }
    return try told(as: "stack", tensors) {
        // Of the result, which has one axis more.
        let place = Shape(first.shape.dimensions + [tensors.count]).place(ofAxis: axis)
        return try concatenate(tensors.map { try $0.unsqueeze(place) }, axis: place)
    }
}
