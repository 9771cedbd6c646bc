import Synchronization

/// Device memory kept for reuse, because fresh pages cost far more than the call that asks for them.
///
/// Requests are rounded up to one of four sizes per power of two, so at most a fifth of a buffer is
/// slack. Drivers allocate lazily: a buffer that could be created may still find no memory when a
/// command first touches it.
final class BufferPool {
    typealias Allocate = (_ byteCount: Int) throws(OpenCLError) -> Handle

    private let device: Device
    private let counters: Counters
    private let isExact: Bool
    private let allocateOnDevice: Allocate

    /// Free memory by capacity.
    ///
    /// Locked, unlike the rest of a context, because ARC may end a buffer's life on any thread.
    private let free = Mutex<[Int: [Handle]]>([:])

    /// Exact buffers have no slack, so that a simulator sees every access beyond the end.
    init(
        device: Device, counters: Counters, isExact: Bool = false,
        allocateOnDevice: @escaping Allocate
    ) {
        self.device = device
        self.counters = counters
        self.isExact = isExact
        self.allocateOnDevice = allocateOnDevice
    }

    /// Returns a buffer with undefined contents.
    func allocate(byteCount: Int) throws(OpenCLError) -> Buffer {
        precondition(byteCount >= 0, "a buffer cannot have a negative size")
        guard byteCount <= device.maximumAllocationBytes else {
            throw .allocationTooLarge(
                bytes: byteCount, limit: device.maximumAllocationBytes, device: device.name)
        }
        let capacity = capacity(for: byteCount)
        let reused = free.withLock { $0[capacity]?.popLast() }
        let memory = if let reused { reused } else { try allocateMemory(capacity) }
        return Buffer(byteCount: byteCount, memory: memory, pool: self)
    }

    /// Gives all free memory back to the device.
    func trim() {
        free.withLock { $0.removeAll() }
    }

    /// Keeps the memory of a buffer of `byteCount` bytes whose life has ended.
    func takeBack(_ memory: Handle, for byteCount: Int) {
        let capacity = capacity(for: byteCount)
        free.withLock { $0[capacity, default: []].append(memory) }
    }

    private func allocateMemory(_ capacity: Int) throws(OpenCLError) -> Handle {
        let memory: Handle
        do {
            memory = try allocateOnDevice(capacity)
        } catch .outOfMemory {
            trim()
            memory = try allocateOnDevice(capacity)
        }
        counters.deviceAllocations += 1
        return memory
    }

    private func capacity(for byteCount: Int) -> Int {
        if isExact { return max(byteCount, 4) }
        let smallest = 256
        guard byteCount > smallest else { return smallest }
        let quarter = (byteCount - 1).highestPowerOfTwo / 4
        let rounded = (byteCount + quarter - 1) / quarter * quarter
        return min(rounded, device.maximumAllocationBytes)
    }
}

extension Int {
    /// The largest power of two that is not above this positive number.
    fileprivate var highestPowerOfTwo: Int { 1 << (Int.bitWidth - 1 - leadingZeroBitCount) }
}
