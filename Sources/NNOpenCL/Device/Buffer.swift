import COpenCL

/// Device memory of a given size, from a pool that gets it back when the buffer's life ends.
///
/// The queue runs in order, so memory may go to its next user while commands of the previous one
/// are still waiting.
final class Buffer {
    /// The size that was asked for; the memory behind it may be larger.
    let byteCount: Int

    private let memory: Handle
    private let pool: BufferPool

    init(byteCount: Int, memory: Handle, pool: BufferPool) {
        self.byteCount = byteCount
        self.memory = memory
        self.pool = pool
    }

    deinit {
        pool.takeBack(memory, for: byteCount)
    }

    /// The `cl_mem`, valid only as long as this buffer.
    var handle: cl_mem { memory.raw }

    /// Throws unless the bytes lie within the size that was asked for.
    ///
    /// The driver cannot check this: it knows the size of the memory, not of the request.
    func checkBounds(offset: Int, count: Int) throws(OpenCLError) {
        guard offset >= 0, count >= 0, count <= byteCount, offset <= byteCount - count else {
            throw .outOfBounds(offset: offset, bytes: count, bufferBytes: byteCount)
        }
    }
}
