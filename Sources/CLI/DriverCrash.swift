import Glibc
import NNGPU

/// What is said, and done, when a driver ends this process: it can no longer be asked to give an error.
enum DriverCrash {
    // Set before the handlers that read it, and never changed.
    nonisolated(unsafe) private static var message: UnsafePointer<CChar>?

    /// Says from now on what to do, in place of the driver's own words alone.
    static func prepare(for device: Device) {
        let remedy =
            device.isPoCL
            ? "delete PoCL's cache \(Discovery.shared.poclCacheFolder), which may be damaged, and try again"
            : "run `nngpu doctor`"
        message = UnsafePointer(
            strdup("nngpu: the driver of \(device.name) ended the process: \(remedy)\n"))
        // An assertion of the driver's, and a file under it that ends too early.
        for number in [SIGABRT, SIGBUS] {
            signal(number) { _ in
                if let message = DriverCrash.message {
                    _ = write(STDERR_FILENO, message, strlen(message))
                }
                _exit(1)
            }
        }
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
