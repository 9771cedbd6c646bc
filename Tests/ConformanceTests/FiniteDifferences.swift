import NNGraph
import NNReference
import TestSupport
import Testing

/// A scalar function of some leaves, computed by the reference in double precision.
struct ScalarFunction {
    private let backend = ReferenceBackend<Double>()
    private let executable: any Executable
    /// The varied leaves with their sizes; the function may not depend on all of them.
    private let varied: [(buffer: (any TensorBuffer)?, count: Int)]

    /// A graph with the output "f" and the values of all its leaves.
    init(_ graph: Graph, _ values: [String: Values], varied: [String]) throws {
        executable = try backend.compile(graph)
        for (name, value) in values where graph.leaves.contains(where: { $0.name == name }) {
            try backend.write(value, to: executable.buffer(named: name))
        }
        let executable = executable
        self.varied = varied.map { name in
            (try? executable.buffer(named: name), values[name]?.bits.count ?? 0)
        }
    }

    /// The value at a point: the elements of the varied leaves, one after the other.
    func callAsFunction(_ point: [Double]) throws -> Double {
        var start = 0
        for (buffer, count) in varied {
            if let buffer { try backend.write(Array(point[start..<start + count]), to: buffer) }
            start += count
        }
        try executable.run()
        return try backend.read(executable.buffer(named: "f"))[0]
    }

    /// The derivative along a direction, by central differences of fourth order.
    ///
    /// The step balances the truncation of order h⁴ against the rounding of order ε/h.
    func derivative(at point: [Double], along direction: [Double], step: Double = 1e-3) throws
        -> Double
    {
        func moved(_ distance: Double) throws -> Double {
            try self(zip(point, direction).map { $0 + distance * $1 })
        }
        let inner = try moved(step) - moved(-step)
        let outer = try moved(2 * step) - moved(-2 * step)
        return (8 * inner - outer) / (12 * step)
    }
}

/// Records an issue unless the gradient of the scalar `f` is what finite differences say.
///
/// Small gradients are compared element by element, large ones along random directions.
func expectGradient(
    of f: Tensor, withRespectTo leaves: [Tensor], at values: [String: Values],
    _ context: @autoclosure () -> String, sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let names = leaves.compactMap(\.operation.leafName)
    // A gradient can be a leaf itself, which an output of another name delivers just as well.
    let symbolic = try Graph(
        outputs: [
            "g": concatenate(
                gradients(of: f, withRespectTo: leaves).map { try $0.reshape([$0.shape.count]) })
        ])
    let gradient = try evaluated(symbolic, values, "g")
    let function = try ScalarFunction(Graph(outputs: ["f": f]), values, varied: names)
    let point = names.flatMap { name -> [Double] in
        guard case .floats(let floats) = values[name] else { return [] }
        return floats.map { Double($0) }
    }
    #expect(point.count == gradient.count, sourceLocation: sourceLocation)
    var random = Randomness(context())
    let directions: [[Double]] =
        point.count <= 40
        ? point.indices.map { axis in point.indices.map { $0 == axis ? 1 : 0 } }
        : (0..<6).map { _ in point.map { _ in random.real(-1, 1) } }
    var (difference, size) = (0.0, 0.0)
    for direction in directions {
        let numerical = try function.derivative(at: point, along: direction)
        let exact = zip(gradient, direction).map { $0 * $1 }.reduce(0, +)
        difference += (numerical - exact) * (numerical - exact)
        size += numerical * numerical
    }
    // What is left of a gradient of zero is the rounding of the differences.
    let limit = 1e-6 * size.squareRoot() + 1e-10
    #expect(
        difference.squareRoot() <= limit, "\(context()): gradient of size \(size.squareRoot())",
        sourceLocation: sourceLocation)
}

/// An output of a graph as the reference computes it in double precision.
func evaluated(_ graph: Graph, _ values: [String: Values], _ name: String) throws -> [Double] {
    let backend = ReferenceBackend<Double>()
    let executable = try backend.compile(graph)
    for (leaf, _) in graph.leaves {
        guard let value = values[leaf] else { continue }
        try backend.write(value, to: executable.buffer(named: leaf))
    }
    try executable.run()
    return try backend.read(executable.buffer(named: name))
}
