/// Something that a compiled graph enqueues on every run, with all its arguments bound.
protocol Command {
    /// What it computes, for listings and errors.
    var label: String { get }

    /// The kernel's name in `Kernels/`, or the library's for what it enqueues.
    var kernelName: String { get }

    /// What it moves and computes.
    var cost: Launch.Cost { get }

    /// Enqueues the command without waiting for it.
    func enqueue(on queue: Queue) throws

    /// Enqueues the command and returns the event that will tell when it ran.
    func enqueueProfiled(on queue: Queue) throws -> Event
}

extension Launch: Command {
    func enqueue(on queue: Queue) throws {
        try queue.enqueue(self)
    }

    func enqueueProfiled(on queue: Queue) throws -> Event {
        try queue.enqueueProfiled(self)
    }
}
