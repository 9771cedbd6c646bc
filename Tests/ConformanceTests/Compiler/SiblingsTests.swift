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
        let view = View(Storage(.float, count: 64), [8, 8])
        func call(_ shape: Shape, adding constant: Double) -> KernelCall {
            var kernel = ElementwiseKernel(shape: shape)
            kernel.store(kernel.constant(constant, .float), to: view)
            return KernelCall(
                name: "elementwise", file: .elementwise, bodies: [kernel], global: [3],
                local: [1], label: "fill", cost: Launch.Cost(),
                arguments: [Float(constant), UInt32(8)])
        }
        let alike = Siblings([call([8, 8], adding: 1), call([8, 8], adding: 2)], vectorWidth: 4)
        #expect(alike.source.contains("elementwise_0("))
        #expect(!alike.source.contains("elementwise_1"))
        #expect(alike.groupCount == 6)
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
