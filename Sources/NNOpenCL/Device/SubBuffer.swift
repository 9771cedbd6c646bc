import COpenCL

/// A part of a buffer as a memory object of its own, for libraries that like to begin at its start.
final class SubBuffer {
    private let owner: Handle
    /// The memory that it is a part of.
    private let whole: Buffer
    /// The size that was asked for.
    let byteCount: Int

    /// - Parameters:
    ///   - whole: What it is a part of.
    ///   - byteOffset: Where it begins: a multiple of the device's `memoryAlignment`.
    ///   - byteCount: How long it is.
    /// - Throws: ``OpenCLError`` for a part that is none.
    init(of whole: Buffer, from byteOffset: Int, byteCount: Int) throws(OpenCLError) {
        try whole.checkBounds(offset: byteOffset, count: byteCount)
        owner = try Handle(.buffer, "clCreateSubBuffer", doing: "taking part of a buffer") {
            var region = cl_buffer_region(origin: byteOffset, size: byteCount)
            return clCreateSubBuffer(
                whole.handle, 0, cl_buffer_create_type(CL_BUFFER_CREATE_TYPE_REGION), &region, $0)
        }
        self.whole = whole
        self.byteCount = byteCount
    }

    /// The `cl_mem`, valid only as long as this part.
    var handle: cl_mem { owner.raw }
}
