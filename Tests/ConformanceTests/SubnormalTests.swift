import NNGraph
import NNOpenCL
import Testing

/// What shrinks in every step ends at zero, and not at numbers that processors are slow with.
@Suite(.enabled(if: Device.all.first?.platformName == "Portable Computing Language"))
struct SubnormalTests {
    @Test(arguments: TestBackend.devices)
    func whatShrinksEndsAtZero(kind: TestBackend) throws {
        let moment = try Tensor.parameter("moment", [40])
        let graph = try Graph(updates: [(moment, moment * 0.9)])
        try withOpenCL(kind) { backend in
            let executable = try backend.compile(graph)
            let buffer = try executable.buffer(named: "moment")
            try backend.write([Float](repeating: 0x1p-120, count: 40), to: buffer)
            for _ in 0..<100 { try executable.run() }
            #expect(try backend.readFloats(buffer) == [Float](repeating: 0, count: 40))
        }
    }
}
