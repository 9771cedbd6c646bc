import NNGPU

/// What remains to be done when a training is over.
///
/// Each part is tried whatever became of those before it, since a full disk or a failing device need not
/// concern them all. The first failure is how the command ends; the others are said on the way.
struct TrainingEnding {
    /// The first failure, if there was any.
    private(set) var failure: (any Error)?

    /// Whether the first failure is that the training led nowhere.
    var isDiverged: Bool {
        if case .notFinite = failure as? TrainingError { true } else { false }
    }

    /// Does a part, and returns whether it was done.
    @discardableResult
    mutating func attempt(_ work: () throws -> Void) -> Bool {
        do {
            try work()
            return true
        } catch {
            if failure == nil { failure = error } else { Console.diagnose("\(error)") }
            return false
        }
    }

    /// Throws the first failure, if there was any.
    func finish() throws {
        if let failure { throw failure }
    }
}
