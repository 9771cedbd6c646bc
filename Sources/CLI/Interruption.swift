import Foundation
import Synchronization

private let received = Atomic<Int32>(0)

/// A first SIGINT or SIGTERM asks the training to stop after its step; a second one kills.
enum Interruption {
    /// Whether somebody has asked.
    static var isRequested: Bool { received.load(ordering: .relaxed) != 0 }

    /// The exit code of a process that was asked to stop: 130 for SIGINT, 143 for SIGTERM.
    static var exitCode: Int32 { 128 + received.load(ordering: .relaxed) }

    /// Starts to listen.
    static func catchSignals() {
        for signalNumber in [SIGINT, SIGTERM] {
            signal(signalNumber) { number in
                received.store(number, ordering: .relaxed)
                for again in [SIGINT, SIGTERM] { signal(again, SIG_DFL) }
            }
        }
    }
}
