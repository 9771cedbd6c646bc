/// A graph that cannot be built, or that does not fit what it is given.
public enum GraphError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Operands that an operation cannot take: the operation, their types, what is wrong, and the
    /// part of a model that it was for, if that was said.
    case shape(
        operation: String, operands: [TensorType], problem: String,
        origin: Origin? = Origin.current)
    /// A graph of more tensors than a backend takes.
    case tooManyNodes(Int, limit: Int, backend: String)
    /// Two different leaves with one name.
    case duplicateName(String)
    /// A name that no leaf or output of the graph has.
    case unknownName(String, known: [String])
    /// A buffer or list of values whose size or element type is not the leaf's.
    case mismatch(name: String, expected: TensorType, found: String)

    /// One sentence: what, where, and what to do about it.
    public var description: String {
        switch self {
        case .shape(let operation, let operands, let problem, let origin):
            "\(operation)(\(operands.map(\.description).joined(separator: ", ")))"
                + (origin.map { " in \($0)" } ?? "") + ": \(problem)."
        case .tooManyNodes(let count, let limit, let backend):
            "The graph has \(count) operations, and \(backend) compiles at most \(limit): "
                + "use fewer layers, or divide it into several graphs."
        case .duplicateName(let name):
            "Two different leaves of the graph are named \"\(name)\": give each a name of its own."
        case .unknownName(let name, let known):
            "The graph has nothing named \"\(name)\"; it has "
                + known.sorted().joined(separator: ", ") + "."
        case .mismatch(let name, let expected, let found):
            "\"\(name)\" takes \(expected), not \(found)."
        }
    }
}
