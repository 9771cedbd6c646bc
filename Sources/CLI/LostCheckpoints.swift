import NNGPU

/// The checkpoints that could not be written while the training went on.
struct LostCheckpoints {
    private var losses: [AtomicFileError] = []

    /// Notes one, and says it if it is the first.
    mutating func note(_ error: AtomicFileError) {
        if losses.isEmpty { Console.diagnose("the training goes on, but: \(error)") }
        losses.append(error)
    }

    /// Throws ``IncompleteCheckpoints`` if there are any.
    func check() throws {
        if let last = losses.last { throw IncompleteCheckpoints(last: last, count: losses.count) }
    }
}

/// Checkpoints that should be there after a training and are not.
struct IncompleteCheckpoints: Error, CustomStringConvertible {
    /// Why the last of them could not be written.
    let last: AtomicFileError
    /// How many there are.
    let count: Int

    var description: String {
        let subject =
            count == 1
            ? "The checkpoint \(last.path) could not be written"
            : "\(count) checkpoints could not be written, the last of them \(last.path)"
        return
            "\(subject) (\(last.reason)): free some space or choose another disk before you resume."
    }
}

/// A trained model that could not be saved and is not lost, because it is in a checkpoint.
struct UnsavedModel: Error, CustomStringConvertible {
    /// Why it could not be saved.
    let cause: AtomicFileError
    /// The folder of the checkpoint.
    let folder: String

    var description: String {
        "\(cause.path) could not be written (\(cause.reason)), but the model is in the checkpoint of "
            + "\(folder): free some space, or choose another place to save it to, and give the same "
            + "command with --resume."
    }
}
