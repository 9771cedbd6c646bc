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
    /// The operations that a launch computes, as ``LaunchProfile/label`` has them, or the kind of a
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

extension OpenCLBackend {
    /// Begins to record when each command runs on the device.
    ///
    /// Events are kept until ``takeRecording()``, so call that every few thousand commands.
    ///
    /// - Throws: ``OpenCLError``; an error that says so if the backend was opened without profiling.
    public func beginRecording() throws {
        context.queue.recorder = try CommandRecorder(
            on: context.queue, using: context.pool.allocate(byteCount: 4))
    }

    /// The commands enqueued since the recording began or was last taken; waits until they have run.
    ///
    /// - Throws: ``OpenCLError``.
    public func takeRecording() throws -> [RecordedCommand] {
        guard let recorder = context.queue.recorder, recorder.count > 0 else { return [] }
        try context.queue.finish()
        return try recorder.take()
    }

    /// The commands since the recording was last taken, as the last of it.
    ///
    /// - Throws: ``OpenCLError``.
    public func endRecording() throws -> [RecordedCommand] {
        defer { context.queue.recorder = nil }
        return try takeRecording()
    }

    /// How many commands a recording holds that has not been taken.
    public var recordedCount: Int { context.queue.recorder?.count ?? 0 }
}
