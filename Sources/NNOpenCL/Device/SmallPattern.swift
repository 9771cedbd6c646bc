/// Writes of a few numbers that travel inside the command, so that nobody has to wait for them.
///
/// `clEnqueueFillBuffer` copies its pattern when it is called, unlike `clEnqueueWriteBuffer`, which
/// may read the host's memory later. A pattern has a power-of-two size of at most 128 bytes.
enum SmallPattern {
    static let byteLimit = 128

    /// The size of a buffer that can take its whole contents as one pattern, or as many of 4 bytes.
    static func roundedUp(_ byteCount: Int) -> Int {
        guard byteCount <= byteLimit else { return (byteCount + 3) / 4 * 4 }
        var size = 4
        while size < byteCount { size *= 2 }
        return size
    }

    /// Sets the bytes of a buffer from `offset` on, without waiting; the offset is a multiple of the limit.
    static func fill(
        _ buffer: Buffer, offset: Int = 0, with bytes: UnsafeRawBufferPointer, on queue: Queue
    ) throws(OpenCLError) {
        var pattern = SIMD32<Int32>()
        withUnsafeMutableBytes(of: &pattern) { $0.copyMemory(from: bytes) }
        switch roundedUp(bytes.count) {
        case 4: try queue.fill(buffer, with: pattern[0], offset: offset, count: 4)
        case 8:
            try queue.fill(
                buffer, with: pattern.lowHalf.lowHalf.lowHalf.lowHalf, offset: offset, count: 8)
        case 16:
            try queue.fill(buffer, with: pattern.lowHalf.lowHalf.lowHalf, offset: offset, count: 16)
        case 32: try queue.fill(buffer, with: pattern.lowHalf.lowHalf, offset: offset, count: 32)
        case 64: try queue.fill(buffer, with: pattern.lowHalf, offset: offset, count: 64)
        default: try queue.fill(buffer, with: pattern, offset: offset, count: 128)
        }
    }
}
