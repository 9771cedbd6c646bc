import NNGraph
import NNOpenCL
import Testing

@Suite(.enabled(if: Testbed.hasDevice)) struct RecordingTests {
    private func backend(isProfiling: Bool = true) throws -> OpenCLBackend {
        try OpenCLBackend(Device.at(0), isProfiling: isProfiling)
    }

    private func sum(on backend: OpenCLBackend) throws -> any Executable {
        let x = try Tensor.parameter("x", [64, 64])
        return try backend.compile(Graph(outputs: ["y": x.sum([1])]))
    }

    @Test func commandsAreRecordedInTheirOrderOnTheHostsClock() throws {
        let backend = try backend()
        let executable = try sum(on: backend)
        try executable.run()
        try backend.beginRecording()
        let start = ContinuousClock.now
        let x = try executable.buffer(named: "x")
        try backend.write([Float](repeating: 1, count: 64 * 64), to: x)
        try executable.run()
        let y = try backend.readFloats(executable.buffer(named: "y"))
        let end = ContinuousClock.now
        let commands = try backend.takeRecording()
        #expect(y.allSatisfy { $0 == 64 })
        #expect(commands.first?.label == "write" && commands.last?.label == "read")
        #expect(commands.filter { $0.kind == .launch }.contains { $0.label.hasPrefix("sum") })
        #expect(commands.first?.bytes == 4 * 64 * 64)
        #expect(zip(commands, commands.dropFirst()).allSatisfy { $0.end <= $1.start })
        // The clocks are compared to within some microseconds; a machine that stops meanwhile gets more.
        let slack = Duration.milliseconds(1)
        #expect(commands.allSatisfy { $0.start >= start - slack && $0.end <= end + slack })
    }

    @Test func nothingIsRecordedBeforeAndAfter() throws {
        let backend = try backend()
        let executable = try sum(on: backend)
        try executable.run()
        #expect(try backend.takeRecording().isEmpty)
        try backend.beginRecording()
        try executable.run()
        #expect(backend.recordedCount > 0)
        #expect(try !backend.endRecording().isEmpty)
        try executable.run()
        #expect(try backend.takeRecording().isEmpty && backend.recordedCount == 0)
    }

    @Test func aBackendWithoutProfilingSaysSo() throws {
        let backend = try backend(isProfiling: false)
        let error = try #require(throws: OpenCLError.self) { try backend.beginRecording() }
        #expect("\(error)".contains("with profiling"))
    }
}
