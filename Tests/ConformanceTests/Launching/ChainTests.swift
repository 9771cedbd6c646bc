import NNGraph
import NNReference
import Testing

@testable import NNCompiler
@testable import NNOpenCL

/// The kernels of a graph are stages of one launch on a CPU.
@Suite(.enabled(if: !TestBackend.devices.isEmpty))
struct ChainTests {
    @Test func everyFrameSharesALaunch() throws {
        let entry = ConformanceCase(
            "side by side", [.real([70, 33]), .real([70, 33]), .real([70, 40])]
        ) { x in
            try concatenate(
                [
                    matmul(x[0], x[1], transposeB: true), matmul(x[1], x[0], transposeB: true),
                    matmul(x[0], x[2], transposeA: true), x[0].max([0]), x[1].sum([0]),
                    x[0].sum([1]), x[2].max([1]), x[0] * x[1],
                ].map { try $0.reshape([$0.shape.count]) })
        }
        #expect(try launches(of: entry, on: .openCLSerial) == 1)
        #expect(try launches(of: entry, on: .openCLWorkgroup) >= 8)
    }

    /// More than the counters of a cache line have room for.
    @Test(arguments: [31, 32, 100])
    func aStageWaitsForTheOneBefore(layers: Int) throws {
        let size = layers > 40 ? 9 : 90
        let entry = ConformanceCase("deep", (0...layers).map { _ in .real([size, size]) }) { x in
            try x.dropFirst().reduce(x[0]) { try tanh(matmul($0, $1)) }
        }
        // Where storages are apart, more memories than a kernel can have as arguments.
        #expect(try launches(of: entry, on: .openCLSerial) == (layers == 100 ? 2 : 1))
        #expect(try launches(of: entry, on: .openCLProduction) == 1)
        #expect(try launches(of: entry, on: .openCLWorkgroup) >= layers)
    }

    @Test func manyTensorsAreOneLaunch() throws {
        let shapes: [Shape] = (1...200).map { [$0 % 17 + 1, 3] }
        let entry = ConformanceCase("many", shapes.map { .real($0) }) { x in
            try concatenate(x.map { try exp($0.transpose()).reshape([$0.shape.count]) })
        }
        #expect(try launches(of: entry, on: .openCLProduction) == 1)
    }

    /// Kernels that have other forms than a frame are functions of a chain as well.
    @Test func everyOperationSharesALaunch() throws {
        let entry = ConformanceCase(
            "between", [.real([40, 130]), .integers([40], 0...129), .integers([30], 0...39)]
        ) { x in
            let logits = try exp(softmax(exp(x[0])) * 2)
            let loss = try softmaxCrossEntropy(logits, x[1])
            let gradient = try gradients(of: loss, withRespectTo: [logits])[0]
            let rows = try gradient.gather(x[2]) + 1
            let table = try scatterAdd(rows, at: x[2], count: 40)
            let right = try compare(table.argmax(), .equal, x[1])
            return try concatenate([
                loss, right, logSumExp(table), logSoftmax(gradient).reshape([40 * 130]),
            ])
        }
        #expect(try launches(of: entry, on: .openCLProduction) == 1)
        #expect(try launches(of: entry, on: .openCLSerial) == 1)
    }

    @Test func everyStageIsALaunchWhereLaunchesAreTimed() throws {
        let device = try withOpenCL(.openCLSerial) { $0.device }
        let a = try Tensor.input("a", [50, 50]), b = try Tensor.input("b", [50, 50])
        let graph = try Graph(outputs: ["y": matmul(matmul(a, b), b), "z": matmul(a, a)])
        let backend = try OpenCLBackend(device, form: .serial, isProfiling: true)
        let launches = try backend.profile(backend.compile(graph), runs: 1)
        #expect(launches.map(\.kernels.count) == [2, 1])
    }

    @Test func callsThatDifferInArgumentsAreOneFunction() throws {
        let alike = Chain([[fill(1, groups: 3)], [fill(2, groups: 3)]])
        #expect(alike.source.contains("elementwise_0("))
        #expect(!alike.source.contains("elementwise_1"))
    }

    @Test func sizesAndStagesAreNoPartOfTheText() throws {
        let one = Chain([[fill(1, groups: 3), fill(2, groups: 9)]])
        let two = Chain([[fill(3, groups: 1)], [fill(2, groups: 3)]])
        #expect(one.source == two.source)
    }

    @Test(arguments: [[[1]], [[3], [2, 5]], [[7, 1], [40, 4], [1]]], [1, 2, 3, 16])
    func everyTaskIsOnOneListOfItsStage(groups: [[Int]], workers: Int) throws {
        let chain = Chain(groups.map { $0.map { fill(1, groups: $0) } })
        let schedule = Schedule(chain, workers: workers).words.map { Int($0) }
        #expect(Array(schedule[..<2]) == [workers, groups.count])
        let tasks = schedule[2]
        let pairs = stride(from: tasks, to: schedule.count, by: 2).map {
            Array(schedule[$0..<$0 + 2])
        }
        #expect(schedule[4] == groups.joined().count)
        var starts = schedule[(5 + groups.joined().count)...], call = 0
        for stage in groups {
            let own = Array(starts.prefix(workers + 1))
            starts = starts.dropFirst(workers + 1)
            #expect(zip(own, own.dropFirst()).allSatisfy { $0 <= $1 })
            let all = stage.enumerated().flatMap { index, count in
                (0..<count).map { [call + index, $0] }
            }
            let listed = pairs[own[0]..<own[workers]].sorted { $0.lexicographicallyPrecedes($1) }
            #expect(listed == all)
            call += stage.count
        }
        #expect(pairs.count == groups.joined().reduce(0, +))
    }

    @Test func aWorkerHasTheSamePartOfEveryCall() throws {
        let chain = Chain([[fill(1, groups: 4), fill(2, groups: 2)]])
        let schedule = Schedule(chain, workers: 2).words
        // The call of two groups comes first, as each of its groups costs more.
        #expect(Array(schedule[7..<10]) == [0, 3, 6])
        #expect(Array(schedule.suffix(12)) == [1, 0, 0, 0, 0, 1, 1, 1, 0, 2, 0, 3])
    }

    @Test func numbersAreReadWithTheirBits() throws {
        let chain = Chain([[fill(-1.5, groups: 4)]])
        let schedule = Schedule(chain, workers: 1).words
        let numbers = schedule[Int(schedule[5])...].prefix(6)
        #expect(Array(numbers) == [4, 1, 1, 0, Float(-1.5).bitPattern, 8])
        #expect(chain.source.contains("as_float(numbers[4]), numbers[5])"))
    }

    @Test func littleWorkIsLeftToOneWorker() throws {
        #expect(Schedule.workers(for: Chain([[fill(1, groups: 64)]]), outOf: 8) == 1)
        let large = Launch.Cost(bytes: 1 << 21)
        #expect(Schedule.workers(for: Chain([[fill(1, groups: 64, large)]]), outOf: 8) == 8)
        #expect(Schedule.workers(for: Chain([[fill(1, groups: 3, large)]]), outOf: 8) == 3)
        let small = Chain([[fill(1, groups: 3)], [fill(2, groups: 5)]])
        #expect(Schedule.workers(for: small, outOf: 8, wakingAll: true) == 5)
    }

    /// A call that fills a matrix with a constant, by so many groups.
    private func fill(
        _ constant: Double, groups: Int, _ cost: Launch.Cost = Launch.Cost(bytes: 256)
    ) -> KernelCall {
        let view = View(Storage(.float, count: 64), [8, 8])
        var body = ElementwiseBody(shape: view.shape)
        body.store(body.constant(constant, .float), to: view)
        return KernelCall(
            name: "elementwise", file: .elementwise, definitions: body.text(vectorWidth: 4),
            global: [groups],
            local: [1], label: "fill", cost: cost,
            arguments: [.float(Float(constant)), .count(8)])
    }

    /// The launches of a run, whose results have to lie within their bounds, twice with the same bits.
    private func launches(of entry: ConformanceCase, on kind: TestBackend) throws -> Int {
        let reference = ReferenceBackend<Bounded>()
        let bounds = try reference.bounds(
            of: run(entry.graph(), on: reference, inputs: entry.values()).buffer(named: "y"))
        return try withOpenCL(kind) { backend in
            let executable = try run(entry.graph(), on: backend, inputs: entry.values())
            let first = try backend.values(of: executable.buffer(named: "y"))
            expectAdmitted(first, by: bounds, entry.name)
            let before = backend.statistics.launches
            try executable.run()
            let launches = backend.statistics.launches - before
            let second = try backend.values(of: executable.buffer(named: "y"))
            expectSameBits(second, first, entry.name)
            return launches
        }
    }
}
