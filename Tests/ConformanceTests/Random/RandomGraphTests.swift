import Glibc
import NNGraph
import NNReference
import TestSupport
import Testing

@testable import NNOpenCL

/// Graphs that nobody thought of, compared with the definition.
///
/// `NNGPU_FUZZ_SEED` and `NNGPU_FUZZ_COUNT` choose other graphs and more of them; one seed alone
/// repeats a failure.
@Suite struct RandomGraphTests {
    private static func number(_ name: String) -> UInt64? {
        getenv(name).flatMap { UInt64(String(cString: $0)) }
    }
    private static let firstSeed = number("NNGPU_FUZZ_SEED") ?? 1
    private static let seeds = (0..<(number("NNGPU_FUZZ_COUNT") ?? 40)).map { firstSeed &+ $0 }

    @Test func devicesAgreeWithTheDefinitionOverThreeRuns() throws {
        var summary = Summary()
        for seed in Self.seeds {
            let random = try RandomGraph(seed: seed)
            let expected = try bounds(random)
            summary.add(random.graph, expected)
            for kind in TestBackend.allDevices {
                try withBackend(kind) { backend in
                    try compare(random, on: backend, with: expected, kind)
                }
            }
        }
        print(summary)
        // Bounds that admit anything would hide every mistake.
        #expect(summary.shareOfCloseBounds > 0.8)
    }

    /// Every kernel of products takes its turn at all products of graphs that have some.
    @Test(.enabled(if: !TestBackend.devices.isEmpty), arguments: ProductChoice.thorough)
    func everyProductKernelAgrees(choice: ProductChoice) throws {
        let kind: TestBackend = choice.form == .serial ? .openCLSerial : .openCLWorkgroup
        let graphs = try Self.seeds.map { try RandomGraph(seed: $0) }
            .filter { $0.graph.nodes.contains(where: \.operation.isProduct) }
        for random in graphs.prefix(max(1, Self.seeds.count / 10)) {
            let expected = try bounds(random)
            try withOpenCL(kind) { backend in
                backend.preferredProduct = choice
                defer { backend.preferredProduct = nil }
                try compare(random, on: backend, with: expected, kind)
            }
        }
    }

    @Test func gradientsAgreeWithFiniteDifferences() throws {
        var steep = 0
        let seeds = Self.seeds.prefix(max(1, Self.seeds.count / 4))
        for seed in seeds {
            let random = try RandomGraph(seed: seed, isSmooth: true)
            if try !hasRightGradient(random) { steep += 1 }
        }
        print("gradients of \(seeds.count) random graphs, \(steep) too steep to differentiate")
        #expect(steep * 20 <= seeds.count)
    }

    // MARK: - Values

    private typealias Numbers = [[String: [Bounded]]]

    /// What outputs and parameters are after each of three runs.
    private func bounds(_ random: RandomGraph) throws -> Numbers {
        let reference = ReferenceBackend<Bounded>()
        let executable = try prepared(random, on: reference)
        return try (0..<3).map { _ in
            try executable.run()
            var numbers: [String: [Bounded]] = [:]
            for name in names(random.graph) {
                numbers[name] = try reference.bounds(of: executable.buffer(named: name))
            }
            return numbers
        }
    }

    private func compare(
        _ random: RandomGraph, on backend: any Backend, with expected: Numbers, _ kind: TestBackend
    ) throws {
        let executable = try prepared(random, on: backend)
        for (run, numbers) in expected.enumerated() {
            try executable.run()
            for name in names(random.graph) {
                let values = try backend.values(of: executable.buffer(named: name))
                expectAdmitted(
                    values, by: numbers[name] ?? [],
                    "\(name) on \(kind) after run \(run + 1) of\n\(random.listing)\n")
            }
        }
    }

    private func prepared(_ random: RandomGraph, on backend: any Backend) throws -> any Executable {
        let executable = try backend.compile(random.graph)
        for (name, _) in random.graph.leaves {
            let values = try #require(random.values[name])
            try backend.write(values, to: executable.buffer(named: name))
        }
        return executable
    }

    private func names(_ graph: Graph) -> [String] {
        graph.outputs.map(\.name) + graph.updates.compactMap(\.parameter.operation.leafName)
    }

    // MARK: - Gradients

    /// Compares along random directions; false if the function is too steep to tell.
    private func hasRightGradient(_ random: RandomGraph) throws -> Bool {
        let names = random.parameters.compactMap(\.operation.leafName)
        let symbolic = try Graph(
            outputs: [
                "g": concatenate(
                    gradients(of: random.scalar, withRespectTo: random.parameters)
                        .map { try $0.reshape([$0.shape.count]) })
            ])
        let gradient = try evaluated(symbolic, random.values, "g")
        let function = try ScalarFunction(
            Graph(outputs: ["f": random.scalar]), random.values, varied: names)
        let point = names.flatMap { name -> [Double] in
            guard case .floats(let floats) = random.values[name] else { return [] }
            return floats.map { Double($0) }
        }
        var directions = Randomness(random.seed)
        for _ in 0..<4 {
            let direction = point.map { _ in directions.real(-1, 1) }
            let coarse = try function.derivative(at: point, along: direction, step: 2e-4)
            let fine = try function.derivative(at: point, along: direction, step: 1e-4)
            let exact = zip(gradient, direction).map { $0 * $1 }.reduce(0, +)
            let scale = zip(gradient, direction).map { Swift.abs($0 * $1) }.reduce(1e-3, +)
            #expect(exact.isFinite, "the gradient is \(exact) in\n\(random.listing)")
            // The two estimates differ by sixteen times the error of the finer one.
            guard Swift.abs(coarse - fine) <= 1e-5 * scale || !exact.isFinite else { return false }
            let limit = 1e-8 * scale + Swift.abs(coarse - fine)
            #expect(Swift.abs(fine - exact) <= limit, "\(fine), not \(exact)\n\(random.listing)")
        }
        return true
    }
}

/// What the graphs of one run were like.
private struct Summary: CustomStringConvertible {
    private var graphs = 0
    private var nodes = 0
    private var numbers = 0
    private var close = 0
    private var kinds: Set<OperationKind> = []

    mutating func add(_ graph: Graph, _ expected: [[String: [Bounded]]]) {
        graphs += 1
        nodes += graph.nodes.count
        kinds.formUnion(graph.nodes.map { OperationKind($0.operation) })
        for bounds in expected.flatMap(\.values) {
            let largest = bounds.map { Swift.abs($0.value) }.max() ?? 0
            numbers += bounds.count
            close += bounds.count { $0.error <= 1e-3 * largest }
        }
    }

    var shareOfCloseBounds: Double { Double(close) / Double(max(1, numbers)) }

    var description: String {
        "\(graphs) random graphs of \(nodes / max(1, graphs)) nodes on average and \(kinds.count) of "
            + "\(OperationKind.all.count) operations; \(numbers) numbers, "
            + "\(shareOfCloseBounds * 100) % of them with a bound below 0.001 of the largest"
    }
}
