import COpenCL
import Testing

@testable import NNOpenCL

@Suite(.enabled(if: Testbed.hasDevice)) struct BufferPoolTests {
    @Test(arguments: [0, 1, 4, 255, 256, 257, 1000, 1024, 1025, 1_000_003])
    func memoryOfADeadBufferIsUsedAgain(byteCount: Int) throws {
        let context = try Testbed.makeContext()
        var buffer: Buffer? = try context.pool.allocate(byteCount: byteCount)
        let memory = buffer?.handle
        #expect(buffer?.byteCount == byteCount)
        buffer = nil
        buffer = try context.pool.allocate(byteCount: byteCount)
        #expect(buffer?.handle == memory)
        #expect(context.counters.deviceAllocations == 1)
    }

    @Test func liveBuffersNeverShareMemory() throws {
        let context = try Testbed.makeContext()
        let buffers = try (0..<10).map { _ in try context.pool.allocate(byteCount: 64) }
        #expect(Set(buffers.map(\.handle)).count == 10)
        #expect(context.counters.deviceAllocations == 10)
    }

    @Test func similarSizesShareMemoryAndVeryDifferentOnesDoNot() throws {
        let context = try Testbed.makeContext()
        _ = try context.pool.allocate(byteCount: 10_000)
        _ = try context.pool.allocate(byteCount: 9_900)
        #expect(context.counters.deviceAllocations == 1)
        _ = try context.pool.allocate(byteCount: 100)
        #expect(context.counters.deviceAllocations == 2)
    }

    @Test func trimmedPoolStartsAfresh() throws {
        let context = try Testbed.makeContext()
        _ = try context.pool.allocate(byteCount: 64)
        context.pool.trim()
        _ = try context.pool.allocate(byteCount: 64)
        #expect(context.counters.deviceAllocations == 2)
    }

    @Test func bufferMayOutliveItsContext() throws {
        var context: Context? = try Testbed.makeContext()
        let buffer = try context?.pool.allocate(byteCount: 64)
        context = nil
        #expect(buffer?.byteCount == 64)
    }

    @Test(arguments: [Int.max, Int.max / 2])
    func absurdSizeIsAClearError(byteCount: Int) throws {
        let context = try Testbed.makeContext()
        let device = context.device
        #expect(
            throws: OpenCLError.allocationTooLarge(
                bytes: byteCount, limit: device.maximumAllocationBytes, device: device.name)
        ) { try context.pool.allocate(byteCount: byteCount) }
        #expect(context.counters.deviceAllocations == 0)
    }

    @Test func fullDeviceIsTriedAgainWithoutThePoolsFreeMemory() throws {
        let context = try Testbed.makeContext()
        let device = context.device
        weak var onlyRoom: Handle?
        let pool = BufferPool(device: device, counters: Counters()) {
            byteCount throws(OpenCLError) in
            guard onlyRoom == nil else {
                throw .outOfMemory(bytes: byteCount, device: device.name)
            }
            let memory = try Handle(.buffer, "clCreateBuffer") {
                clCreateBuffer(context.handle, 0, byteCount, nil, $0)
            }
            onlyRoom = memory
            return memory
        }
        _ = try pool.allocate(byteCount: 64)
        let held = try pool.allocate(byteCount: 1024)
        #expect(throws: OpenCLError.outOfMemory(bytes: 4096, device: device.name)) {
            try pool.allocate(byteCount: 4096)
        }
        #expect(held.byteCount == 1024)
    }
}
