import ArgumentParser
import Foundation
import NNGPU

/// The flags that make a training safe to interrupt.
struct CheckpointOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Keep what the training can be resumed from in this folder.", valueName: "folder"),
        completion: .directory)
    var checkpoint: String?

    @Option(help: "Every how many steps a checkpoint is written (default: once an epoch).")
    var every: Int?

    @Option(help: "How many checkpoints to keep.")
    var keep = 2

    @Flag(help: "Go on from the newest checkpoint in the folder, or begin if it has none.")
    var resume = false

    @Flag(
        help: ArgumentHelp(
            "Train a few steps with and without an interruption, and say whether the bits agree."))
    var verifyResume = false

    func validate() throws {
        if let every, every < 1 { throw ValidationError("--every \(every) is not positive.") }
        guard keep >= 1 else { throw ValidationError("--keep \(keep) is not positive.") }
        if checkpoint == nil, resume || every != nil {
            throw ValidationError(
                "\(resume ? "--resume" : "--every") needs --checkpoint FOLDER to say where.")
        }
        if verifyResume, checkpoint != nil {
            throw ValidationError(
                "--verify-resume uses a folder of its own: drop --checkpoint.")
        }
    }

    /// Opens the folder, if there is one, and puts the trainer where its newest checkpoint was; `changes` are what the
    /// training does otherwise from then on.
    ///
    /// - Throws: ``CheckpointError`` also for a folder of checkpoints that is not to be resumed.
    func open(
        for trainer: Trainer, on backend: any Backend, changes: () throws -> [SettingChange]
    ) throws -> CheckpointFolder? {
        guard let checkpoint else { return nil }
        let folder = try CheckpointFolder(path: checkpoint, keeping: keep)
        folder.notes = Self.notes(on: backend)
        guard resume else {
            try folder.checkEmpty()
            return folder
        }
        let (newest, damaged) = try folder.newest()
        for damage in damaged {
            Console.diagnose(
                "\(damage.path) is damaged and an earlier checkpoint is used: \(damage.error)")
        }
        guard let newest else {
            Console.diagnose("\(checkpoint) has no checkpoint yet: the training begins")
            return folder
        }
        try trainer.restore(newest)
        let changes = try changes()
        Console.diagnose("resumed after step \(newest.record.step.grouped)")
        for change in changes { Console.diagnose("note: \(change)") }
        for (name, now) in folder.notes.sorted(by: { $0.key < $1.key })
        where name != Self.commandKey {
            guard let then = newest.record.notes[name], then != now else { continue }
            Console.diagnose(
                "note: the \(name) is now \(now) and was \(then.printable): "
                    + "the training may differ in the last bits")
        }
        return folder
    }

    private static let commandKey = "command"

    /// What a checkpoint says besides what it needs.
    private static func notes(on backend: any Backend) -> [String: String] {
        [
            commandKey: Invocation.line, "device": backend.name,
            "tuning": (backend as? OpenCLBackend)?.tuningDigest ?? "none",
        ]
    }

    /// How to go on after an interruption, as far as that is possible.
    var howToResume: String {
        checkpoint.map { "to go on: the same command with --resume (--checkpoint \($0))" }
            ?? "nothing to resume from: give --checkpoint FOLDER next time"
    }
}
