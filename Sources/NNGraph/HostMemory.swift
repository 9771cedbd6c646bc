/// Memory of the host that is filled once and then handed to a device, which copies it at its own time.
public final class HostMemory: @unchecked Sendable {
    // Sendable because one thread at a time has it: whoever fills it hands it on, and nobody writes to it after that.

    /// The bytes, undefined until somebody writes them.
    public let bytes: UnsafeMutableRawBufferPointer

    /// Takes so many bytes.
    public init(byteCount: Int) {
        bytes = .allocate(byteCount: byteCount, alignment: 64)
    }

    deinit { bytes.deallocate() }
}
