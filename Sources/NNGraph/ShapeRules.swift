extension Operation {
    /// The type of the result for operands of the given types.
    ///
    /// - Throws: ``GraphError/shape(operation:operands:problem:origin:)`` for operands that do not
    ///   fit, and for a result of more elements than ``Shape/maximumCount``.
    func resultType(of operands: [TensorType]) throws -> TensorType {
        let given: Shape? =
            switch self {
            case .input(_, let type), .parameter(_, let type), .constant(_, let type): type.shape
            case .uniform(let shape, _, _), .broadcast(let shape), .reshape(let shape): shape
            default: nil
            }
        // The rules may count the elements of a shape that is given.
        if let given { try check(given, of: operands) }
        let type = try uncheckedResultType(of: operands)
        try check(type.shape, of: operands)
        return type
    }

    private func check(_ shape: Shape, of operands: [TensorType]) throws {
        guard !shape.isCountable else { return }
        throw GraphError.shape(
            operation: name, operands: operands,
            problem: "the result \(shape) would have more than \(Shape.maximumCount) elements")
    }

    private func uncheckedResultType(of operands: [TensorType]) throws -> TensorType {
        func fail(_ problem: String) -> GraphError {
            .shape(operation: name, operands: operands, problem: problem)
        }
        func positive(_ shape: Shape) throws {
            if let extent = shape.dimensions.first(where: { $0 < 1 }) {
                throw fail("every dimension must be at least 1, and \(shape) has \(extent)")
            }
        }
        func require(_ elementType: ElementType, at index: Int, as role: String) throws {
            guard operands[index].elementType == elementType else {
                throw fail("the \(role) must be \(elementType.rawValue)")
            }
        }
        func requireFloat() throws {
            for index in operands.indices { try require(.float, at: index, as: "operands") }
        }
        func requireAxis(_ axis: Int) throws {
            guard operands[0].shape.dimensions.indices.contains(axis) else {
                throw fail("axis \(axis) is outside of \(operands[0].shape)")
            }
        }
        guard operandCount.contains(operands.count) else {
            throw fail("it takes \(operandCount.lowerBound) operands, not \(operands.count)")
        }
        if self != .gather, operands.contains(where: { $0.elementType == .unorm8 }) {
            throw fail("only gather reads unorm8")
        }
        switch self {
        case .input(_, let type), .parameter(_, let type):
            try positive(type.shape)
            return type
        case .constant(let values, let type):
            try positive(type.shape)
            guard type.elementType != .unorm8 else { throw fail("constants are float or int32") }
            guard values.count == 1 || values.count == type.shape.count else {
                throw fail("\(values.count) values do not fill \(type.shape)")
            }
            if type.elementType == .int32,
                let value = values.first(where: { Int32(exactly: $0) == nil })
            {
                throw fail("\(value) is no int32")
            }
            return type
        case .uniform(let shape, _, _):
            try positive(shape)
            try require(.int32, at: 0, as: "step")
            guard operands[0].shape == .scalar else { throw fail("the step must be a scalar") }
            return TensorType(shape)
        case .unary:
            try requireFloat()
            return operands[0]
        case .binary:
            try requireFloat()
            guard operands[0] == operands[1] else { throw fail("the shapes differ") }
            return operands[0]
        case .convert(let elementType):
            guard elementType != .unorm8, elementType != operands[0].elementType else {
                throw fail("float becomes int32 and int32 float, not \(elementType.rawValue)")
            }
            return TensorType(operands[0].shape, elementType)
        case .compare:
            guard operands[0] == operands[1] else { throw fail("the types differ") }
            return TensorType(operands[0].shape)
        case .select:
            try requireFloat()
            guard operands[0] == operands[1], operands[1] == operands[2] else {
                throw fail("the shapes differ")
            }
            return operands[1]
        case .broadcast(let shape):
            try positive(shape)
            guard Shape.broadcast(operands[0].shape, shape) == shape else {
                throw fail("\(operands[0].shape) does not broadcast to \(shape)")
            }
            return TensorType(shape, operands[0].elementType)
        case .reshape(let shape):
            try positive(shape)
            guard shape.count == operands[0].shape.count else {
                throw fail(
                    "\(operands[0].shape) has \(operands[0].shape.count) elements and "
                        + "\(shape) has \(shape.count)")
            }
            return TensorType(shape, operands[0].elementType)
        case .transpose(let permutation):
            let shape = operands[0].shape
            guard permutation.sorted() == Array(0..<shape.rank) else {
                throw fail("\(permutation) is not a permutation of the axes of \(shape)")
            }
            return TensorType(Shape(permutation.map { shape[$0] }), operands[0].elementType)
        case .slice(let lower, let upper):
            let shape = operands[0].shape
            guard lower.count == shape.rank, upper.count == shape.rank,
                shape.dimensions.indices.allSatisfy({
                    0 <= lower[$0] && lower[$0] < upper[$0] && upper[$0] <= shape[$0]
                })
            else { throw fail("\(lower) up to \(upper) is no part of \(shape)") }
            return TensorType(Shape(zip(lower, upper).map { $1 - $0 }), operands[0].elementType)
        case .concatenate(let axis):
            try requireAxis(axis)
            let first = operands[0]
            guard
                operands.allSatisfy({
                    $0.elementType == first.elementType && $0.shape.rank == first.shape.rank
                        && $0.shape.removing([axis]) == first.shape.removing([axis])
                })
            else { throw fail("the operands differ along other axes than \(axis)") }
            var dimensions = first.shape.dimensions
            dimensions[axis] = operands.map { $0.shape[axis] }.reduce(0, +)
            return TensorType(Shape(dimensions), first.elementType)
        case .pad(let lower, let upper, _):
            try requireFloat()
            let shape = operands[0].shape
            guard lower.count == shape.rank, upper.count == shape.rank,
                (lower + upper).allSatisfy({ (0...Shape.maximumCount).contains($0) })
            else { throw fail("\(lower) and \(upper) do not say how far to pad \(shape)") }
            return TensorType(
                Shape(shape.dimensions.indices.map { lower[$0] + shape[$0] + upper[$0] }))
        case .windows(let axis, let windows):
            try requireFloat()
            try requireAxis(axis)
            guard windows.fit(into: operands[0].shape[axis]) else {
                throw fail("not all windows lie within axis \(axis) of \(operands[0].shape)")
            }
            var dimensions = operands[0].shape.dimensions
            dimensions.replaceSubrange(axis...axis, with: [windows.count, windows.size])
            return TensorType(Shape(dimensions))
        case .fold(let axis, let extent, let windows):
            try requireFloat()
            try requireAxis(axis)
            try requireAxis(axis + 1)
            var dimensions = operands[0].shape.dimensions
            guard windows.fit(into: extent),
                dimensions[axis...axis + 1] == [windows.count, windows.size]
            else {
                throw fail("the windows of \(operands[0].shape) do not fill an axis of \(extent)")
            }
            dimensions.replaceSubrange(axis...axis + 1, with: [extent])
            return TensorType(Shape(dimensions))
        case .reduce(_, let axes):
            try requireFloat()
            for axis in axes { try requireAxis(axis) }
            guard !axes.isEmpty, Set(axes).count == axes.count else {
                throw fail("it reduces along one or more different axes, not \(axes)")
            }
            return TensorType(operands[0].shape.removing(axes))
        case .argmax(let axis):
            try requireFloat()
            try requireAxis(axis)
            return TensorType(operands[0].shape.removing([axis]), .int32)
        case .matmul(let transposeA, let transposeB, let axes):
            try requireFloat()
            let (a, b) = (operands[0].shape, operands[1].shape)
            guard min(axes.rows, axes.inner, axes.columns) >= 1,
                let left = a.split(axes.rows, axes.inner, swapped: transposeA),
                let right = b.split(axes.inner, axes.columns, swapped: transposeB)
            else { throw fail("it takes matrices") }
            guard left.batch == right.batch else { throw fail("the batch dimensions differ") }
            guard left.second == right.first else {
                let reading =
                    transposeA || transposeB
                    ? " (transposed: \(transposeA ? "first" : "")"
                        + "\(transposeA && transposeB ? " and " : "")\(transposeB ? "second" : ""))"
                    : ""
                func text(_ extents: [Int]) -> String {
                    extents.count == 1 ? "\(extents[0])" : Shape(extents).description
                }
                throw fail(
                    "the inner dimensions \(text(left.second)) and \(text(right.first)) differ\(reading)"
                )
            }
            return TensorType(Shape(left.batch + left.first + right.second))
        case .gather:
            guard operands[0].elementType != .int32 else {
                throw fail("the table must be float or unorm8")
            }
            try require(.int32, at: 1, as: "indices")
            guard operands[0].shape.rank >= 1 else { throw fail("the table needs an axis of rows") }
            return TensorType(
                Shape(operands[1].shape.dimensions + operands[0].shape.dimensions.dropFirst()))
        case .scatterAdd(let count):
            try require(.int32, at: 0, as: "indices")
            try require(.float, at: 1, as: "rows")
            let (indices, rows) = (operands[0].shape, operands[1].shape)
            guard count >= 1, rows.rank >= indices.rank,
                Array(rows.dimensions.prefix(indices.rank)) == indices.dimensions
            else { throw fail("the rows need one index each and a table of at least one row") }
            return TensorType(Shape([count] + rows.dimensions.dropFirst(indices.rank)))
        case .softmax, .logSoftmax:
            try requireFloat()
            try requireAxis(operands[0].shape.rank - 1)
            return operands[0]
        case .logSumExp:
            try requireFloat()
            try requireAxis(operands[0].shape.rank - 1)
            return TensorType(Shape(operands[0].shape.dimensions.dropLast()))
        case .softmaxCrossEntropy, .softmaxCrossEntropyGradient:
            try require(.float, at: 0, as: "logits")
            try require(.int32, at: 1, as: "labels")
            try requireAxis(operands[0].shape.rank - 1)
            let rows = Shape(Array(operands[0].shape.dimensions.dropLast()))
            guard operands[1].shape == rows else { throw fail("each row needs one label") }
            if case .softmaxCrossEntropy = self { return TensorType(rows) }
            guard operands[2] == TensorType(rows) else {
                throw fail("the upstream gradient needs one number for each row")
            }
            return operands[0]
        }
    }

    /// How many operands the operation takes.
    private var operandCount: ClosedRange<Int> {
        switch self {
        case .input, .parameter, .constant: 0...0
        case .uniform, .unary, .convert, .broadcast, .reshape, .transpose, .slice, .pad, .windows,
            .fold,
            .reduce, .argmax, .softmax, .logSoftmax, .logSumExp:
            1...1
        case .binary, .compare, .matmul, .gather, .scatterAdd, .softmaxCrossEntropy: 2...2
        case .select, .softmaxCrossEntropyGradient: 3...3
        case .concatenate: 1...Int.max
        }
    }
}

extension Shape {
    /// The leading axes, and the last ones in two groups of so many axes each, which lie in the other order if they are
    /// swapped; nil if there are too few.
    package func split(
        _ first: Int, _ second: Int, swapped: Bool
    ) -> (batch: [Int], first: [Int], second: [Int])? {
        guard rank >= first + second else { return nil }
        let last = dimensions.suffix(swapped ? first : second)
        let middle = dimensions.dropLast(last.count).suffix(swapped ? second : first)
        let batch = Array(dimensions.dropLast(first + second))
        return swapped
            ? (batch, Array(last), Array(middle)) : (batch, Array(middle), Array(last))
    }
}
