import Glibc
import NNGPU
import Synchronization

/// What is said, and done, when a driver ends this process: it can no longer be asked to give an error.
enum DriverCrash {
    // Replaced before a driver is used, by the thread that uses it.
    nonisolated(unsafe) private static var message: UnsafePointer<CChar>?
    private static let isOver = Atomic(false)

    /// Says from now on what to do, in place of a driver's own words alone.
    ///
    /// Drivers have handlers of their own, so this is done again when they have started.
    static func prepare(
        _ remedy: String = "it may lack memory; try `nngpu doctor`, or --device reference"
    ) {
        message = UnsafePointer(strdup("nngpu: an OpenCL driver ended the process: \(remedy)\n"))
        // An assertion of the driver's, and a file under it that ends too early.
        for number in [SIGABRT, SIGBUS] { signal(number) { _ in DriverCrash.end() } }
    }

    /// The same for a driver whose device is known.
    static func prepare(for device: Device) {
        prepare(
            device.isPoCL
                ? "delete PoCL's cache \(Discovery.shared.poclCacheFolder), which may be damaged, and try "
                    + "again" : "try `nngpu doctor`, or another --device than \(device.name)")
    }

    /// Lets nobody but the tool itself end the process in peace: drivers call `exit` where they give up.
    static func watchExit() {
        atexit { if !DriverCrash.isOver.load(ordering: .relaxed) { DriverCrash.end() } }
    }

    /// Ends the process with an exit code.
    static func exit(_ code: Int32) -> Never {
        isOver.store(true, ordering: .relaxed)
        Glibc.exit(code)
    }

    private static func end() -> Never {
        if let message { _ = write(STDERR_FILENO, message, strlen(message)) }
        _exit(1)
    }
}

/// A cache of the driver's that makes it fail.
struct DamagedCacheError: Error, CustomStringConvertible {
    let folder: String
    let reason: String

    var description: String {
        "PoCL's cache \(folder) is damaged, as PoCL fails with it and not without (\(reason)): delete it"
    }
}
