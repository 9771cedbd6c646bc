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
