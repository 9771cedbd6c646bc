import NNGraph

/// The bytes that padding adds to each row: a cache line.
private let paddingBytes = 64

/// The row lengths, in bytes, whose multiples put the same column of all rows into few sets of a
/// first-level cache (an eighth of 32 KiB with eight ways is one page of 64 lines, and half of it is
/// bad enough).
private let harmfulMultiple = 2048

extension Graph {
    /// The matrices between operations whose rows should not lie a power of two apart.
    ///
    /// A product reads the columns of a transposed left operand, a weight gradient those of the
    /// gradient of activations: if the rows lie 2 KiB apart, a column of 128 elements falls into
    /// two sets of the first-level cache and is fetched anew for each tile. Products, elementwise
    /// operations and sums over rows read padded rows as they read any; other readers would need a
    /// copy, so what they read stays as it is.
    package var tensorsToPad: Set<Tensor> {
        var leftTransposed: Set<Tensor> = []
        var others = Set(outputs.map(\.value) + updates.map(\.value))
        for node in nodes {
            for (index, operand) in node.operands.enumerated() {
                switch node.operation {
                case .matmul(true, _, _) where index == 0: leftTransposed.insert(operand)
                case .matmul: break
                case .reduce(_, [0]): break
                case let operation where operation.isElementwise && operand.shape == node.shape:
                    break
                default: others.insert(operand)
                }
            }
        }
        return leftTransposed.subtracting(others).filter { tensor in
            tensor.shape.rank == 2
                && (tensor.shape[1] * tensor.type.elementType.byteCount).isMultiple(
                    of: harmfulMultiple)
                && (tensor.operation.isElementwise || tensor.operation.isProduct)
        }
    }
}

/// A matrix in a storage of its own whose rows lie apart by more than their length.
func paddedView(_ type: TensorType) -> View {
    let stride = type.shape[1] + paddingBytes / type.elementType.byteCount
    var view = View(Storage(type.elementType, count: type.shape[0] * stride), type.shape)
    view.strides = [stride, 1]
    return view
}
