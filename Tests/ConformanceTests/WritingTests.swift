import NNGraph
import Testing

/// Lists of every kind of number end up in buffers of every kind, or in a sentence.
@Suite struct WritingTests {
    @Test(arguments: TestBackend.available)
    func wholeNumbersFillBuffersOfEveryType(kind: TestBackend) throws {
        try withBackend(kind) { backend in
            let floats = try backend.makeBuffer(TensorType([3]))
            try backend.write([1, 0, 2], to: floats)
            #expect(try backend.readFloats(floats) == [1, 0, 2])
            try backend.write([4, 5, 6, 7][1...], to: floats)
            #expect(try backend.readFloats(floats) == [5, 6, 7])
            let int32s = try backend.makeBuffer(TensorType([3], .int32))
            try backend.write([1, 0, -2], to: int32s)
            #expect(try backend.readInt32s(int32s) == [1, 0, -2])
            try backend.write(7..<10, to: int32s)
            #expect(try backend.readInt32s(int32s) == [7, 8, 9])
        }
    }

    @Test(arguments: TestBackend.available)
    func slicesAndMasksAreWritten(kind: TestBackend) throws {
        try withBackend(kind) { backend in
            let floats = try backend.makeBuffer(TensorType([2]))
            try backend.write(([1, 2, 3] as [Float]).dropFirst(), to: floats)
            #expect(try backend.readFloats(floats) == [2, 3])
            try backend.write([0.5, 1.5, 2.5].prefix(2), to: floats)
            #expect(try backend.readFloats(floats) == [0.5, 1.5])
            try backend.write([true, false], to: floats)
            #expect(try backend.readFloats(floats) == [1, 0])
            let int32s = try backend.makeBuffer(TensorType([2], .int32))
            try backend.write(([1, 2, 3] as [Int32]).suffix(2), to: int32s)
            #expect(try backend.readInt32s(int32s) == [2, 3])
            try backend.write([false, true], to: int32s)
            #expect(try backend.readInt32s(int32s) == [0, 1])
        }
    }

    /// Memory that nobody changes any more is copied in the order of the queue.
    @Test(arguments: TestBackend.available)
    func memoryIsHandedOver(kind: TestBackend) throws {
        let table = try Tensor.input("table", [3], .unorm8)
        let total = try Tensor.parameter("total", [3])
        let graph = try Graph(
            updates: [(total, total * 2 + table.gather(.constant([0, 1, 2], [3], .int32)))])
        try withBackend(kind) { backend in
            let executable = try backend.compile(graph)
            let bytes = try executable.buffer(named: "table")
            for place in 0..<8 {
                let memory = HostMemory(byteCount: 3)
                memory.bytes.copyBytes(from: [0, 255, place == 7 ? 255 : 0])
                try backend.write(memory, to: bytes)
                try executable.run()
            }
            #expect(try backend.readFloats(executable.buffer(named: "total")) == [0, 255, 1])
            let floats = try backend.makeBuffer(TensorType([2]))
            let memory = HostMemory(byteCount: 8)
            memory.bytes.withMemoryRebound(to: Float.self) {
                ($0[0], $0[1]) = (0.5, -3)
            }
            try backend.write(memory, to: floats)
            #expect(try backend.readFloats(floats) == [0.5, -3])
            #expect(throws: GraphError.self) {
                try backend.write(HostMemory(byteCount: 4), to: floats)
            }
        }
    }

    /// The only reader of bytes is a gather.
    @Test(arguments: TestBackend.available)
    func bytesAreWritten(kind: TestBackend) throws {
        let table = try Tensor.input("table", [3, 1], .unorm8)
        let graph = try Graph(outputs: ["y": table.gather(.constant([2, 1, 0], [3], .int32))])
        try withBackend(kind) { backend in
            let executable = try backend.compile(graph)
            let bytes = try executable.buffer(named: "table")
            for write in [
                { try backend.write([0, 255, 51], to: bytes) },
                { try backend.write(([9, 0, 255, 51] as [UInt8]).dropFirst(), to: bytes) },
            ] {
                try write()
                try executable.run()
                let y = try executable.buffer(named: "y")
                #expect(try backend.readFloats(y) == [0.2, 1, 0])
                try backend.write([1, 1, 1], to: bytes)
            }
        }
    }

    @Test(arguments: TestBackend.available)
    func numbersThatDoNotFitAreNamed(kind: TestBackend) throws {
        let x = try Tensor.input("x", [2], .int32), table = try Tensor.input("t", [2], .unorm8)
        let graph = try Graph(outputs: ["y": table.gather(x)])
        try withBackend(kind) { backend in
            let executable = try backend.compile(graph)
            let int32s = try executable.buffer(named: "x")
            let bytes = try executable.buffer(named: "t")
            for (sentence, write) in [
                (
                    "\"x\" takes int32 [2], not 3000000000.",
                    { try backend.write([1, 3_000_000_000], to: int32s) }
                ),
                ("\"x\" takes int32 [2], not 3 int32s.", { try backend.write(0..<3, to: int32s) }),
                ("\"t\" takes unorm8 [2], not 256.", { try backend.write([0, 256], to: bytes) }),
                ("\"t\" takes unorm8 [2], not -1.", { try backend.write([-1, 0], to: bytes) }),
                (
                    "\"buffer\" takes int32 [1], not -2147483649.",
                    {
                        let unnamed = try backend.makeBuffer(TensorType([1], .int32))
                        try backend.write([-2_147_483_649], to: unnamed)
                    }
                ),
            ] as [(String, () throws -> Void)] {
                let error = #expect(throws: GraphError.self) { try write() }
                #expect(error?.description == sentence)
            }
        }
    }
}
