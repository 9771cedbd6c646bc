/// The operators that are read; those that only move or pass on numbers stand at the end.
enum OperatorName: String, CaseIterable {
    case gemm = "Gemm"
    case matMul = "MatMul"
    case add = "Add"
    case subtract = "Sub"
    case multiply = "Mul"
    case divide = "Div"
    case sigmoid = "Sigmoid"
    case tanh = "Tanh"
    case relu = "Relu"
    case leakyRelu = "LeakyRelu"
    case gelu = "Gelu"
    case softplus = "Softplus"
    case softmax = "Softmax"
    case constant = "Constant"
    case identity = "Identity"
    case dropout = "Dropout"
    case flatten = "Flatten"
    case reshape = "Reshape"
    case transpose = "Transpose"
}

/// The types of elements that are read, by their number in the format.
enum ElementType {
    static let float32: Int32 = 1
    static let int64: Int32 = 7
    static let bool: Int32 = 9
}
