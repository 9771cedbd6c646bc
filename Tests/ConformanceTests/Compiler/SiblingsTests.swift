import NNGraph
import NNReference
import Testing

@testable import NNOpenCL

/// Kernels that do not depend on each other are one launch on a CPU.
@Suite(.enabled(if: !TestBackend.devices.isEmpty))
struct SiblingsTests {
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

    @Test func moreThanArgumentsAllowIsSeveralLaunches() throws {
        let shapes: [Shape] = (1...40).map { [$0, 3] }
        let entry = ConformanceCase("many", shapes.map { .real($0) }) { x in
            try concatenate(x.map { try exp($0.transpose()).reshape([$0.shape.count]) })
        }
        let launches = try launches(of: entry, on: .openCLSerial)
        #expect(launches > 1)
        #expect(launches < 6)
    }

    @Test func kernelsThatDifferInArgumentsAreOneFunction() throws {
        let alike = Siblings([fill(1, groups: 3), fill(2, groups: 3)], vectorWidth: 4)
        #expect(alike.source.contains("elementwise_0("))
        #expect(!alike.source.contains("elementwise_1"))
        #expect(alike.taskCount == 6)
    }

    @Test(arguments: [[1], [3], [2, 5], [7, 1, 40, 4]], [1, 2, 3, 16])
    func everyTaskIsOnOneList(groups: [Int], workers: Int) throws {
        let siblings = Siblings(groups.map { fill(1, groups: $0) }, vectorWidth: 4)
        let schedule = siblings.schedule(workers: workers).map { Int($0) }
        #expect(schedule[0] == workers)
        let starts = schedule[1...workers + 1], tasks = schedule[(workers + 2)...]
        #expect(starts.first == 0 && starts.last == tasks.count)
        #expect(zip(starts, starts.dropFirst()).allSatisfy { $0 <= $1 })
        #expect(tasks.sorted() == Array(0..<siblings.taskCount))
    }

    @Test func aWorkerHasTheSamePartOfEveryCall() throws {
        let siblings = Siblings([fill(1, groups: 4), fill(2, groups: 2)], vectorWidth: 4)
        // Two workers; the call of two groups comes first, as each of its groups costs more.
        #expect(siblings.schedule(workers: 2) == [2, 0, 3, 6, 4, 0, 1, 5, 2, 3])
    }

    /// A call that fills a matrix with a constant, by so many groups.
    private func fill(_ constant: Double, groups: Int) -> KernelCall {
        let view = View(Storage(.float, count: 64), [8, 8])
        var kernel = ElementwiseKernel(shape: view.shape)
        kernel.store(kernel.constant(constant, .float), to: view)
        return KernelCall(
            name: "elementwise", file: .elementwise, bodies: [kernel], global: [groups],
            local: [1], label: "fill", cost: Launch.Cost(bytes: 256),
            arguments: [Float(constant), UInt32(8)])
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
