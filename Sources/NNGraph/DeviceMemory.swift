/// The memory of a device.
public struct DeviceMemory: Sendable, Equatable {
    /// All of it, in bytes.
    public let byteCount: Int
    /// The most bytes of one buffer.
    public let largestBuffer: Int
    /// Whether it is the memory of the host, too.
    public let isShared: Bool

    /// Describes a memory.
    public init(byteCount: Int, largestBuffer: Int, isShared: Bool) {
        self.byteCount = byteCount
        self.largestBuffer = largestBuffer
        self.isShared = isShared
    }
}
