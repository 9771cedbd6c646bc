/// A command as it ran on the device.
public struct RecordedCommand: Sendable {
    /// What a command does.
    public enum Kind: String, Sendable {
        /// It computes.
        case launch
        /// It moves or fills memory.
        case transfer
    }

    /// What it does.
    public let kind: Kind
    /// The operations that a launch computes, in order, or the kind of a
    /// transfer: read, write, fill or copy.
    public let label: String
    /// The bytes that it has to read and write at least.
    public let bytes: Int
    /// The floating-point operations that it has to do.
    public let flops: Int
    /// When the device began with it, on the host's clock.
    public let start: ContinuousClock.Instant
    /// When the device was done with it.
    public let end: ContinuousClock.Instant
}
