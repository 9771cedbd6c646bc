import NNGraph
import NNReference
import TestSupport
import Testing

/// Every derivative rule against numerical differentiation, and the device against the reference.
@Suite struct DerivativeTests {
    private static let cases = ConformanceCase.all.filter { !$0.differentiated.isEmpty }

    @Test(arguments: cases)
    func firstDerivativesAreRight(entry: ConformanceCase) throws {
        let (f, leaves, _, values) = try scalarized(entry)
        try expectGradient(of: f, withRespectTo: leaves, at: values, entry.name)
    }

    @Test(arguments: cases)
    func secondDerivativesAreRight(entry: ConformanceCase) throws {
        let (f, leaves, values) = try directional(entry)
        try expectGradient(of: f, withRespectTo: leaves, at: values, entry.name)
    }

    @Test(arguments: cases)
    func devicesComputeTheGradients(entry: ConformanceCase) throws {
        let (f, leaves, _, values) = try scalarized(entry)
        try expectDevicesAgree(gradients(of: f, withRespectTo: leaves), values, entry.name)
    }

    @Test(arguments: cases)
    func devicesComputeSecondDerivatives(entry: ConformanceCase) throws {
        let (f, leaves, values) = try directional(entry)
        try expectDevicesAgree(gradients(of: f, withRespectTo: leaves), values, entry.name)
    }

    // MARK: - From an entry to a scalar

    /// Σ y · r with random r, which weighs every element of the result differently.
    private func scalarized(
        _ entry: ConformanceCase
    ) throws -> (f: Tensor, leaves: [Tensor], all: [Tensor], values: [String: Values]) {
        let (inputs, result) = try entry.tensors()
        var values: [String: Values] = [:]
        for (index, value) in entry.values().enumerated() { values["x\(index)"] = value }
        let weights = try weights("r", result.shape, &values)
        return (
            try (result * weights).sum(), entry.differentiated.map { inputs[$0] }, inputs, values
        )
    }

    /// Σ g · s, where g is the gradient of ``scalarized(_:)``.
    private func directional(
        _ entry: ConformanceCase
    ) throws -> (f: Tensor, leaves: [Tensor], values: [String: Values]) {
        let (f, leaves, _, known) = try scalarized(entry)
        var values = known
        let terms = try gradients(of: f, withRespectTo: leaves).enumerated().map {
            index, gradient in
            try (gradient * weights("s\(index)", gradient.shape, &values)).sum()
        }
        return (try terms.dropFirst().reduce(terms[0]) { try $0 + $1 }, leaves, values)
    }

    private func weights(
        _ name: String, _ shape: Shape, _ values: inout [String: Values]
    ) throws -> Tensor {
        var random = Randomness(name)
        values[name] = .floats((0..<shape.count).map { _ in Float(random.real(-1, 1)) })
        return try .input(name, shape)
    }

    private func expectDevicesAgree(
        _ results: [Tensor], _ values: [String: Values], _ name: String
    ) throws {
        let flat = try concatenate(results.map { try $0.reshape([$0.shape.count]) })
        let graph = try Graph(outputs: ["g": flat])
        let reference = ReferenceBackend<Bounded>()
        func run(on backend: any Backend) throws -> any TensorBuffer {
            let executable = try backend.compile(graph)
            for (leaf, _) in graph.leaves {
                guard let value = values[leaf] else { continue }
                try backend.write(value, to: executable.buffer(named: leaf))
            }
            try executable.run()
            return try executable.buffer(named: "g")
        }
        let bounds = try reference.readScalars(run(on: reference))
        for kind in TestBackend.single {
            try withBackend(kind) { backend in
                let values = try backend.values(of: run(on: backend))
                expectAdmitted(values, by: bounds, "\(name) on \(kind)")
            }
        }
    }
}
