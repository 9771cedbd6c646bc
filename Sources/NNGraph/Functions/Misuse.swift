extension Tensor {
    /// What is wrong with a call of a function that is made of other operations.
    func misuse(_ function: String, _ problem: String) -> GraphError {
        .shape(operation: function, operands: [type], problem: problem)
    }
}

/// Builds what a function is made of; an operation in it that does not fit is told as the function's.
func told(
    as function: String, _ operands: [Tensor], _ build: () throws -> Tensor
) throws -> Tensor {
    do {
        return try build()
    } catch GraphError.shape(_, _, let problem, let origin) {
        throw GraphError.shape(
            operation: function, operands: operands.map(\.type), problem: problem, origin: origin)
    }
}
