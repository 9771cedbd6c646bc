import NNGraph
import NNReference
import NNModel
import NNTraining

/// Finds the operation of a graph that a device computes wrongly by itself.
///
/// Each kind of operation at each size becomes a graph of its own, with random numbers in its leaves.
public enum OperationProbe {
    /// The operations that the reference gets done in a second or so.
    private static let workLimit = 1 << 27

    /// The first operation that a device computes wrongly: what it is, and what computes it.
    ///
    /// - Parameters:
    ///   - graph: Whose operations are looked at.
    ///   - backend: The device.
    ///   - run: Runs a compiled graph of the backend.
    /// - Returns: nil if each of them is right by itself.
    /// - Throws: What the backend throws.
    public static func firstWrong(
        of graph: Graph, on backend: any Backend, running run: (any Executable) throws -> Void
    ) throws -> (operation: Tensor, executable: any Executable)? {
        var seen = Set<String>()
        for node in graph.nodes where node.operation.isComputed && work(of: node) <= workLimit {
            let kind = "\(node.operation.name) \(node.type) of \(node.operands.map(\.type))"
            guard seen.insert(kind).inserted else { continue }
            let alone = try isolated(node)
            let onDevice = try backend.compile(alone)
            let reference = ReferenceBackend<Double>()
            let exact = try reference.compile(alone)
            try fill(alone, onDevice, on: backend)
            try fill(alone, exact, on: reference)
            try run(onDevice)
            try exact.run()
            guard
                agree(
                    try numbers(of: onDevice, node.type, on: backend),
                    try numbers(of: exact, node.type, on: reference))
            else { return (node, onDevice) }
        }
        return nil
    }

    private static let result = "result"

    private static func isolated(_ node: Tensor) throws -> Graph {
        var leaves: [Tensor: Tensor] = [:]
        for (index, operand) in node.operands.enumerated() where leaves[operand] == nil {
            leaves[operand] = try .input(
                "operand\(index)", operand.shape, operand.type.elementType)
        }
        let alone = try Tensor(node.operation, node.operands.compactMap { leaves[$0] })
        return try Graph(outputs: [result: alone])
    }

    private static func fill(
        _ graph: Graph, _ executable: any Executable, on backend: any Backend
    ) throws {
        let philox = Philox(seed: 1)
        for (stream, leaf) in graph.leaves.enumerated() {
            let buffer = try executable.buffer(named: leaf.name)
            let values = (0..<leaf.tensor.shape.count).map {
                philox.uniform(index: UInt64($0), step: 0, stream: UInt32(stream))
            }
            switch leaf.tensor.type.elementType {
            case .float: try backend.write(values.map { $0 + 0.25 }, to: buffer)
            // Classes and places in tables: each has at least one.
            case .int32: try backend.write(values.map { _ in Int32(0) }, to: buffer)
            case .unorm8: try backend.write(values.map { UInt8($0 * 255) }, to: buffer)
            }
        }
    }

    private static func numbers(
        of executable: any Executable, _ type: TensorType, on backend: any Backend
    ) throws -> [Double] {
        let buffer = try executable.buffer(named: result)
        return type.elementType == .int32
            ? try backend.readInt32s(buffer).map { Double($0) } : try backend.read(buffer)
    }

    private static func agree(_ found: [Double], _ exact: [Double]) -> Bool {
        let largest = exact.reduce(0.0) { $1.isFinite ? max($0, Swift.abs($1)) : $0 }
        return zip(found, exact).allSatisfy { found, exact in
            !exact.isFinite || Swift.abs(found - exact) <= 0x1p-10 * largest + 1e-6
        }
    }

    private static func work(of node: Tensor) -> Int {
        guard case .matmul(let transposeA, _, let axes) = node.operation,
            let a = node.operands[0].shape.split(axes.rows, axes.inner, swapped: transposeA)
        else { return node.shape.count }
        return node.shape.count * a.second.reduce(1, *)
    }
}

extension Operation {
    /// Whether a kernel computes it.
    fileprivate var isComputed: Bool {
        switch self {
        case .input, .parameter, .constant, .broadcast, .reshape, .transpose, .slice, .windows:
            false
        default: true
        }
    }
}
