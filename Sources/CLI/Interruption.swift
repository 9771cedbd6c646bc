import Foundation
import Synchronization

private let requested = Atomic<Bool>(false)

/// A first SIGINT or SIGTERM asks the training to stop after its step; a second one kills.
enum Interruption {
    /// Whether somebody has asked.
    static var isRequested: Bool { requested.load(ordering: .relaxed) }

    /// Starts to listen.
    static func catchSignals() {
        for signalNumber in [SIGINT, SIGTERM] {
            signal(signalNumber) { number in
                requested.store(true, ordering: .relaxed)
                signal(number, SIG_DFL)
            }
        }
    }
}
