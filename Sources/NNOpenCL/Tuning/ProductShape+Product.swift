import NNCompiler
import NNGraph

extension ProductShape {
    /// A product of this shape without memory, for rules to look at.
    var product: MatrixProduct {
        func operand(_ operand: Operand, lines: Int, length: Int) -> MatrixOperand {
            let batch = batchCount > 1 ? [batchCount] : []
            let held = operand.isShared ? [] : batch
            let whole = Shape(held + [lines, operand.stride])
            let view = View(Storage(.float, count: whole.count), whole)
                .sliced(from: whole.dimensions.map { _ in 0 }, to: Shape(held + [lines, length]))
                .broadcast(to: Shape(batch + [lines, length]))
            guard let result = MatrixOperand(view, transposed: operand.runs == .columns) else {
                preconditionFailure("a batch of one axis has one stride")
            }
            return result
        }
        return MatrixProduct(
            a: a.runs == .rows
                ? operand(a, lines: m, length: k) : operand(a, lines: k, length: m),
            b: b.runs == .rows
                ? operand(b, lines: k, length: n) : operand(b, lines: n, length: k))
    }

    /// A graph with one product of this shape and an epilogue that reads and writes as much.
    ///
    /// Every tensor `x[j]` that the epilogue writes is its running value, to which it has added half
    /// of what it reads there: repeated runs stay bounded, and the first says whether all is right.
    func graph() throws -> Graph {
        func operand(_ name: String, _ operand: Operand, lines: Int, length: Int) throws -> Tensor {
            let batch = batchCount > 1 && !operand.isShared ? [batchCount] : []
            let whole = try Tensor.parameter(name, Shape(batch + [lines, operand.stride]))
            return operand.stride == length
                ? whole : try whole.slice(0..<length, axis: batch.count + 1)
        }
        let product = try matmul(
            a.runs == .rows
                ? operand("a", a, lines: m, length: k) : operand("a", a, lines: k, length: m),
            b.runs == .rows
                ? operand("b", b, lines: k, length: n) : operand("b", b, lines: n, length: k),
            transposeA: a.runs == .columns, transposeB: b.runs == .columns)
        let x = try (0..<max(reads, writes)).map { try Tensor.parameter("x\($0)", product.shape) }
        var value = product
        for extra in x.dropFirst(writes) { value = try value + extra * 0.5 }
        var updates: [(parameter: Tensor, value: Tensor)] = []
        for (index, target) in x.prefix(writes).enumerated() {
            if index < reads {
                value = try value + target * 0.5
            } else if index > 0 {
                value = try value * 0.5
            }
            updates.append((target, value))
        }
        return try Graph(updates: updates)
    }

    /// What the graph's epilogue makes of an element: the values of all that it writes.
    func epilogueValues<Number: BinaryFloatingPoint>(of product: Number, _ x: [Number]) -> [Number]
    {
        var value = x.dropFirst(writes).reduce(product) { $0 + $1 / 2 }
        return (0..<writes).map { index in
            if index < reads {
                value += x[index] / 2
            } else if index > 0 {
                value /= 2
            }
            return value
        }
    }
}
