import NNGraph

extension ReferenceBackend {
    /// Runs a graph that this backend compiled, and looks where NaN and infinity come from.
    ///
    /// - Returns: The first operation that gives a number that is not finite although everything it
    ///   is computed from is finite, else the first value that is not; with that number. Nil if all
    ///   values are finite.
    /// - Throws: `GraphError` for a graph of another backend.
    public func firstNonFinite(
        in executable: any Executable
    ) throws -> (tensor: Tensor, number: Double)? {
        guard let executable = executable as? ReferenceExecutable<Scalar> else {
            throw GraphError.unknownName("executable of \(name)", known: [])
        }
        var infected: Set<Tensor> = []
        var source: (tensor: Tensor, number: Double)?
        var isSourceAnOperation = false
        executable.run { node, contents in
            guard case .floats(let values) = contents,
                let number = values.first(where: { !$0.value.isFinite })?.value
            else { return }
            infected.insert(node)
            // An infinite constant may be meant, as in a mask.
            let isOperation =
                !node.operands.isEmpty && !node.operands.contains(where: infected.contains)
            if source == nil || (isOperation && !isSourceAnOperation) {
                source = (node, number)
                isSourceAnOperation = isOperation
            }
        }
        return source
    }
}
