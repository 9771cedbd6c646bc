import COpenCL

/// Tells when a command is done and, on a profiling queue, when it ran.
final class Event {
    /// The stations of a command in nanoseconds on the device's own clock.
    struct Times {
        let queued, submitted, started, ended: UInt64
    }

    private let owner: Handle

    init(adopting event: cl_event) {
        owner = Handle(adopting: event, as: .event)
    }

    /// Waits until the command is done.
    func wait() throws(OpenCLError) {
        var event: cl_event? = owner.raw
        try check(clWaitForEvents(1, &event), "clWaitForEvents")
    }

    /// Returns the times of a finished command of a profiling queue.
    func times() throws(OpenCLError) -> Times {
        let info = InfoQuery("clGetEventProfilingInfo") { [owner] in
            clGetEventProfilingInfo(owner.raw, $0, $1, $2, $3)
        }
        return Times(
            queued: try info.integer(CL_PROFILING_COMMAND_QUEUED, as: UInt64.self),
            submitted: try info.integer(CL_PROFILING_COMMAND_SUBMIT, as: UInt64.self),
            started: try info.integer(CL_PROFILING_COMMAND_START, as: UInt64.self),
            ended: try info.integer(CL_PROFILING_COMMAND_END, as: UInt64.self))
    }
}
