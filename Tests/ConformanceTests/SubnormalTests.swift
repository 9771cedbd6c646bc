import NNGraph
import NNOpenCL
import NNReference
import Testing

/// Numbers that are too small to be normal, which a device may take for zero.
@Suite struct SubnormalTests {
    @Test(arguments: Operation.Unary.allCases)
    func aFunctionTakesThemForThemselvesOrForZero(function: Operation.Unary) throws {
        let numbers: [Float] = [0x1p-133, -0x1p-133, 0x1p-127, 0x1p-149]
        let graph = try Graph(
            outputs: ["y": Tensor(.unary(function), [.input("x", [numbers.count])])])
        let reference = ReferenceBackend<Bounded>()
        let themselves = try values(of: graph, numbers, on: reference) {
            try reference.readScalars($0)
        }
        let zeros = try values(of: graph, numbers.map { $0 * 0 }, on: reference) {
            try reference.readScalars($0)
        }
        for kind in TestBackend.devices {
            try withOpenCL(kind) { backend in
                let results = try values(of: graph, numbers, on: backend) {
                    try backend.readFloats($0)
                }
                for (index, result) in results.enumerated() {
                    #expect(
                        themselves[index].admits(result) || zeros[index].admits(result),
                        "\(function) of \(numbers[index]) on \(kind) is \(result)")
                }
            }
        }
    }

    /// What shrinks in every step ends at zero, and not at numbers that processors are slow with.
    @Test(
        .enabled(if: Device.all.first?.platformName == "Portable Computing Language"),
        arguments: TestBackend.devices)
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

    private func values<Value>(
        of graph: Graph, _ numbers: [Float], on backend: any Backend,
        _ read: (any TensorBuffer) throws -> [Value]
    ) throws -> [Value] {
        let executable = try backend.compile(graph)
        try backend.write(numbers, to: executable.buffer(named: "x"))
        try executable.run()
        return try read(executable.buffer(named: "y"))
    }
}
