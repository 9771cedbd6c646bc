import NNGraph

extension OpenCLBackend {
    /// Tells from now on which program the driver is about to get, for the case that it never returns.
    package func narrateBuilds(to listener: @escaping (String) -> Void) {
        context.programs.willBuild = { listener("building the kernel \($0)") }
    }

    /// Runs a compiled graph launch by launch, waits for each, and tells before what it is.
    package func runNarrated(
        _ executable: any Executable, to listener: (String) -> Void
    ) throws {
        guard let executable = executable as? OpenCLExecutable else { return }
        for command in executable.commands {
            listener("running the kernel \(command.kernelName)")
            try command.enqueue(on: context.queue)
            try context.queue.finish()
        }
    }

    /// The kernels of a compiled graph, in the order of their launches.
    package func kernelNames(of executable: any Executable) -> [String] {
        (executable as? OpenCLExecutable)?.commands.map(\.kernelName) ?? []
    }
}
