import COpenCL

/// The in-order queue of a context: each command sees the effects of all earlier ones.
///
/// Offsets and counts are in bytes. Blocking calls also wait for everything enqueued before.
final class Queue {
    private let owner: Handle
    /// What notes when commands run; nil, and nothing is asked for, unless somebody wants to know.
    var recorder: CommandRecorder?
    /// Whether its events tell when their commands ran.
    let isProfiling: Bool

    private let device: Device
    private let counters: Counters

    init(
        context: Handle, device: Device, profiling: Bool, counters: Counters
    ) throws(OpenCLError) {
        let properties = cl_command_queue_properties(profiling ? CL_QUEUE_PROFILING_ENABLE : 0)
        owner = try Handle(.queue, "clCreateCommandQueue") {
            clCreateCommandQueue(context.raw, device.handle, properties, $0)
        }
        self.device = device
        self.counters = counters
        isProfiling = profiling
    }

    /// The `cl_command_queue`, valid only as long as this queue.
    var handle: cl_command_queue { owner.raw }

    // MARK: - Kernels

    /// Enqueues a kernel whose arguments are already set: one driver call, no allocation.
    func enqueue(_ launch: Launch) throws(OpenCLError) {
        try enqueue(launch, event: nil)
    }

    /// Enqueues a kernel and returns the event that will tell when it ran.
    func enqueueProfiled(_ launch: Launch) throws -> Event {
        try profiled(launch.label) { try enqueue(launch, event: $0) }
    }

    /// Returns the event of what `enqueue` enqueues.
    func profiled(
        _ label: String, _ enqueue: (UnsafeMutablePointer<cl_event?>) throws -> Void
    ) throws -> Event {
        var event: cl_event?
        try enqueue(&event)
        guard let event else {
            throw OpenCLError.call(
                function: "clEnqueueNDRangeKernel", status: .profilingInfoNotAvailable,
                doing: "launching \(label)")
        }
        return Event(adopting: event)
    }

    private func enqueue(
        _ launch: Launch, event: UnsafeMutablePointer<cl_event?>?
    ) throws(OpenCLError) {
        counters.launches += 1
        let status = launch.enqueue(on: handle, event: event)
        if OpenCLStatus(rawValue: status).isOutOfMemory {
            throw .outOfMemory(bytes: launch.boundBytes, device: device.name)
        }
        try check(status, "clEnqueueNDRangeKernel", doing: "launching \(launch.label)")
    }

    /// Counts work that a library enqueued on this queue by itself.
    func countLaunch() {
        counters.launches += 1
    }

    // MARK: - Transfers

    /// Copies from the device to the host and waits for it.
    func read(
        _ buffer: Buffer, into destination: UnsafeMutableRawBufferPointer, offset: Int = 0
    ) throws(OpenCLError) {
        try buffer.checkBounds(offset: offset, count: destination.count)
        guard destination.count > 0 else { return }
        counters.blockingCalls += 1
        let status = recorded("read", bytes: destination.count) {
            clEnqueueReadBuffer(
                handle, buffer.handle, cl_bool(CL_TRUE), offset, destination.count,
                destination.baseAddress, 0, nil, $0)
        }
        try check(status, "clEnqueueReadBuffer", touching: destination.count, on: device)
    }

    /// Copies from the host to the device and waits until the host's memory may change again.
    func write(
        _ source: UnsafeRawBufferPointer, to buffer: Buffer, offset: Int = 0
    ) throws(OpenCLError) {
        try buffer.checkBounds(offset: offset, count: source.count)
        guard source.count > 0 else { return }
        counters.blockingCalls += 1
        let status = recorded("write", bytes: source.count) {
            clEnqueueWriteBuffer(
                handle, buffer.handle, cl_bool(CL_TRUE), offset, source.count,
                source.baseAddress, 0, nil, $0)
        }
        try check(status, "clEnqueueWriteBuffer", touching: source.count, on: device)
    }

    /// Copies from the host to the device without waiting, and returns the event that tells when it is done: until then
    /// the host's memory must stay as it is.
    func enqueueWrite(
        _ source: UnsafeRawBufferPointer, to buffer: Buffer, offset: Int
    ) throws(OpenCLError) -> Event {
        try buffer.checkBounds(offset: offset, count: source.count)
        var event: cl_event?
        let status = clEnqueueWriteBuffer(
            handle, buffer.handle, cl_bool(CL_FALSE), offset, source.count, source.baseAddress, 0,
            nil, &event)
        try check(status, "clEnqueueWriteBuffer", touching: source.count, on: device)
        guard let event else {
            // A driver that claims success yet returns nothing must not be believed.
            throw .call(function: "clEnqueueWriteBuffer", status: .outOfResources, doing: nil)
        }
        let copy = Event(adopting: event)
        recorder?.note(.transfer, "write", Launch.Cost(bytes: source.count), copy)
        return copy
    }

    /// Repeats a value over part of a buffer, or from `offset` to its end, without waiting.
    ///
    /// The value's size is a power of two up to 128; offset and count are multiples of it.
    func fill<Pattern: BitwiseCopyable>(
        _ buffer: Buffer, with pattern: Pattern, offset: Int = 0, count: Int? = nil
    ) throws(OpenCLError) {
        let count = count ?? buffer.byteCount - offset
        try buffer.checkBounds(offset: offset, count: count)
        guard count > 0 else { return }
        let status = withUnsafeBytes(of: pattern) { pattern in
            recorded("fill", bytes: count) {
                clEnqueueFillBuffer(
                    handle, buffer.handle, pattern.baseAddress, pattern.count, offset, count, 0,
                    nil, $0)
            }
        }
        try check(status, "clEnqueueFillBuffer", touching: count, on: device)
    }

    /// Copies between buffers, or between parts of one that do not overlap, without waiting.
    func copy(
        from source: Buffer, sourceOffset: Int = 0,
        to destination: Buffer, destinationOffset: Int = 0, count: Int
    ) throws(OpenCLError) {
        try source.checkBounds(offset: sourceOffset, count: count)
        try destination.checkBounds(offset: destinationOffset, count: count)
        guard count > 0 else { return }
        let status = recorded("copy", bytes: 2 * count) {
            clEnqueueCopyBuffer(
                handle, source.handle, destination.handle, sourceOffset, destinationOffset,
                count, 0, nil, $0)
        }
        try check(status, "clEnqueueCopyBuffer", touching: 2 * count, on: device)
    }

    /// Calls the driver to enqueue a transfer, with a place for its event if somebody records.
    private func recorded(
        _ label: String, bytes: Int, _ enqueue: (UnsafeMutablePointer<cl_event?>?) -> Int32
    ) -> Int32 {
        guard let recorder else { return enqueue(nil) }
        var event: cl_event?
        let status = enqueue(&event)
        if let event {
            recorder.note(
                .transfer, label, Launch.Cost(bytes: bytes), Event(adopting: event))
        }
        return status
    }

    // MARK: - Synchronization

    /// Makes the device start on everything enqueued so far, without waiting.
    func flush() throws(OpenCLError) {
        try check(clFlush(handle), "clFlush")
    }

    /// Waits until everything enqueued so far is done.
    func finish() throws(OpenCLError) {
        counters.blockingCalls += 1
        try check(clFinish(handle), "clFinish")
    }
}
