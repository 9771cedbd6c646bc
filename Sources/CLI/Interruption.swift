import Foundation
import Synchronization

private let received = Atomic<Int32>(0)

/// A first SIGINT, SIGTERM or SIGHUP asks the training to stop after its step.
///
/// Another SIGINT or SIGTERM kills. Another SIGHUP does not: a terminal that closes may send it twice, from
/// the system and from the shell, and nobody is there any more who could mean it.
enum Interruption {
    /// Whether somebody has asked.
    static var isRequested: Bool { received.load(ordering: .relaxed) != 0 }

    /// The exit code of a process that was asked to stop: 129 for SIGHUP, 130 for SIGINT, 143 for SIGTERM.
    static var exitCode: Int32 { 128 + received.load(ordering: .relaxed) }

    /// Starts to listen.
    static func catchSignals() {
        let handler: @convention(c) (Int32) -> Void = { number in
            received.store(number, ordering: .relaxed)
            for deadly in [SIGINT, SIGTERM] { signal(deadly, SIG_DFL) }
            signal(SIGHUP, SIG_IGN)
        }
        for number in [SIGINT, SIGTERM] { signal(number, handler) }
        signal(SIGHUP, isHangUpIgnored ? SIG_IGN : handler)
    }

    /// Whether SIGHUP was ignored when the process began, as `nohup` has it for a tool that is to outlive the
    /// terminal.
    ///
    /// A driver's compiler may take the signal for itself, so this has to be asked before one is loaded.
    static let isHangUpIgnored: Bool = {
        let before = signal(SIGHUP, SIG_IGN)
        let isIgnored = unsafeBitCast(before, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
        if !isIgnored { signal(SIGHUP, before) }
        return isIgnored
    }()
}
