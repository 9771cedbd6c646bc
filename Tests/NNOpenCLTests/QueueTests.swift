import Testing

@testable import NNOpenCL

@Suite(.enabled(if: Testbed.hasDevice)) struct QueueTests {
    @Test func writeAndReadHonorTheirOffsets() throws {
        let context = try Testbed.makeContext()
        let buffer = try context.makeBuffer([0, 1, 2, 3, 4, 5, 6] as [Float])
        try ([20, 30] as [Float]).withUnsafeBytes {
            try context.queue.write($0, to: buffer, offset: 8)
        }
        #expect(try context.elements(of: buffer) == [0, 1, 20, 30, 4, 5, 6])
        var two: [Float] = [0, 0]
        try two.withUnsafeMutableBytes { try context.queue.read(buffer, into: $0, offset: 12) }
        #expect(two == [30, 4])
    }

    @Test func fillRepeatsAValueOverARange() throws {
        let context = try Testbed.makeContext()
        let buffer = try context.makeBuffer([Float](repeating: .nan, count: 7))
        try context.queue.fill(buffer, with: Float(1))
        try context.queue.fill(buffer, with: Float(2), offset: 4, count: 12)
        try context.queue.fill(buffer, with: UInt8(0), offset: 24)
        #expect(try context.elements(of: buffer) == [1, 2, 2, 2, 1, 1, 0])
    }

    @Test func fillTakesPatternsOfUpTo128Bytes() throws {
        let context = try Testbed.makeContext()
        let buffer = try context.makeBuffer([Float](repeating: .nan, count: 67))
        let ramp = SIMD32<Float>((0..<32).map(Float.init))
        try context.queue.fill(buffer, with: ramp, offset: 0, count: 256)
        let elements = try context.elements(of: buffer)
        #expect(elements[..<64].elementsEqual((0..<64).map { Float($0 % 32) }))
        #expect(elements[64...].allSatisfy { $0.isNaN })
    }

    @Test func copyHonorsBothOffsets() throws {
        let context = try Testbed.makeContext()
        let source = try context.makeBuffer([1, 2, 3, 4, 5] as [Float])
        let destination = try context.makeBuffer([0, 0, 0, 0] as [Float])
        try context.queue.copy(
            from: source, sourceOffset: 8, to: destination, destinationOffset: 4, count: 12)
        #expect(try context.elements(of: destination) == [0, 3, 4, 5])
        try context.queue.copy(from: source, to: source, destinationOffset: 12, count: 8)
        #expect(try context.elements(of: source) == [1, 2, 3, 1, 2])
    }

    @Test func emptyTransfersDoNothing() throws {
        let context = try Testbed.makeContext()
        let empty = try context.makeBuffer([Float]())
        try context.queue.fill(empty, with: Float(1))
        try context.queue.copy(from: empty, to: empty, count: 0)
        #expect(try context.elements(of: empty).isEmpty)
        #expect(context.counters.blockingCalls == 0)
    }

    @Test(arguments: [(-4, 4), (0, 32), (24, 8), (28, 4), (Int.max, 4), (4, Int.max)])
    func transferOutsideABufferIsAnError(offset: Int, count: Int) throws {
        let context = try Testbed.makeContext()
        let buffer = try context.makeBuffer([Float](repeating: 0, count: 7))
        let error = OpenCLError.outOfBounds(offset: offset, bytes: count, bufferBytes: 28)
        #expect(throws: error) {
            try context.queue.fill(buffer, with: UInt8(0), offset: offset, count: count)
        }
        #expect(throws: error) {
            try context.queue.copy(
                from: buffer, sourceOffset: offset, to: buffer, count: count)
        }
        guard count < 100 else { return }
        var bytes = [UInt8](repeating: 0, count: count)
        #expect(throws: error) {
            try bytes.withUnsafeMutableBytes {
                try context.queue.read(buffer, into: $0, offset: offset)
            }
        }
        #expect(throws: error) {
            try bytes.withUnsafeBytes { try context.queue.write($0, to: buffer, offset: offset) }
        }
    }

    @Test func everyCallThatWaitsIsCounted() throws {
        let context = try Testbed.makeContext()
        let buffer = try context.makeBuffer([1] as [Float])
        #expect(context.counters.blockingCalls == 1)
        try context.queue.fill(buffer, with: Float(2))
        try context.queue.copy(from: buffer, to: context.pool.allocate(byteCount: 4), count: 4)
        try context.queue.flush()
        #expect(context.counters.blockingCalls == 1)
        _ = try context.elements(of: buffer)
        try context.queue.finish()
        #expect(context.counters.blockingCalls == 3)
    }
}
