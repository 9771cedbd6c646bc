import COpenCL

/// Tells when a profiled command ran, once the queue has finished it.
final class Event {
    /// The stations of a command in nanoseconds on the device's own clock.
    struct Times {
        let queued, submitted, started, ended: UInt64
    }

    private let owner: Handle

    init(adopting event: cl_event) {
        owner = Handle(adopting: event, as: .event)
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
