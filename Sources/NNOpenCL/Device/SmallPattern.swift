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

    /// Sets the start of a buffer to the given bytes, without waiting.
    static func fill(
        _ buffer: Buffer, with bytes: UnsafeRawBufferPointer, on queue: Queue
    ) throws(OpenCLError) {
        var pattern = SIMD32<Int32>()
        withUnsafeMutableBytes(of: &pattern) { $0.copyMemory(from: bytes) }
        switch roundedUp(bytes.count) {
        case 4: try queue.fill(buffer, with: pattern[0], count: 4)
        case 8: try queue.fill(buffer, with: pattern.lowHalf.lowHalf.lowHalf.lowHalf, count: 8)
        case 16: try queue.fill(buffer, with: pattern.lowHalf.lowHalf.lowHalf, count: 16)
        case 32: try queue.fill(buffer, with: pattern.lowHalf.lowHalf, count: 32)
        case 64: try queue.fill(buffer, with: pattern.lowHalf, count: 64)
        default: try queue.fill(buffer, with: pattern, count: 128)
        }
    }
}
