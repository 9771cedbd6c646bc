import Foundation
import NNGPU

/// Drivers end the process where they cannot start for want of memory, and no handler of ours is asked: so
/// where memory is limited (`ulimit -v`), another process tries first.
enum DriverStart {
    /// How long drivers may take to start.
    private static let timeLimit = Duration.seconds(60)

    /// Throws ``DriverStartError`` if drivers do not survive their start within the limit.
    static func check() throws {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0,
            limit.rlim_cur != rlim_t.max
        else { return }
        do {
            let child = try ChildProcess(Invocation.command(["probe"]))
            try child.send(Data("\n".utf8))
            let deadline = ContinuousClock.now + timeLimit
            while true { _ = try child.receiveLine(until: deadline) }
        } catch ChildProcess.Failure.exited(status: 0), ChildProcess.Failure.exited(status: 69) {
            // They have started; whether they have a device is another question.
            return
        } catch {
            throw DriverStartError(bytes: UInt64(limit.rlim_cur), reason: "\(error)")
        }
    }
}

/// Drivers that do not start within the memory that this process may have.
struct DriverStartError: Error, CustomStringConvertible {
    let bytes: UInt64
    let reason: String

    var description: String {
        "no driver starts within the \(bytes >> 10) KiB of memory that this process may have (\(reason)): "
            + "raise the limit (ulimit -v), or give --device reference to do without drivers"
    }
}
