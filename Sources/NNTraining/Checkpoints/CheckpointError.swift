import Foundation
import NNFiles

/// A checkpoint that cannot be used, or a folder of them.
public enum CheckpointError: Error, Equatable, Sendable {
    /// A file without the parts that make it a checkpoint.
    case notACheckpoint
    /// A file of a version that this tool does not know.
    case version(Int)
    /// A file whose content has changed since it was written.
    case checksum
    /// A checkpoint without this part, or with one of another size.
    case part(String)
    /// Training would go on with another setting than it began with.
    case setting(name: String, then: String, now: String)
    /// A folder that holds checkpoints of a training that is not to be resumed.
    case occupied(folder: String, step: Int)
    /// A folder that another process writes to.
    case locked(folder: String)
    /// A folder that cannot be made or opened, with the system's error number.
    case folder(String, code: Int32)
    /// A folder in which every checkpoint is damaged.
    case allDamaged(folder: String, count: Int)
}

extension CheckpointError: LocalizedError, CustomStringConvertible {
    /// One sentence: what is wrong, where, and what to do.
    public var description: String {
        switch self {
        case .notACheckpoint:
            "The file is no checkpoint of a training: remove it or choose another folder."
        case .version(let version):
            "The checkpoint has the format version \(version) and this tool knows "
                + "\(Checkpoint.formatVersion): resume with the tool that wrote it."
        case .checksum:
            "The checkpoint's content does not match its checksum: remove it to use an earlier one."
        case .part(let name):
            "The checkpoint does not fit the model and optimizer, as its \(name.excerpt) "
                + "is missing or of another size: resume with the settings it was made with."
        case .setting(let name, let then, let now):
            Self.difference(in: name, then: then, now: now)
                + ": resume with the same, or start anew in another folder."
        case .occupied(let folder, let step):
            "\(folder) holds the checkpoints of a training that came to step \(step): "
                + "go on with it, or choose another folder."
        case .locked(let folder):
            "Another training writes its checkpoints to \(folder): "
                + "wait for its end or choose another folder."
        case .folder(let folder, let code):
            "The folder \(folder) cannot be used for checkpoints "
                + "(\(String(cString: strerror(code)))): choose one that you may write to."
        case .allDamaged(let folder, let count):
            "None of the \(count) checkpoints in \(folder) can be read: "
                + "restore one from a backup, or start anew in another folder."
        }
    }

    private static func difference(in name: String, then: String, now: String) -> String {
        let (then, now) = then.excerpts(comparedTo: now)
        return "The checkpoint was made with \(name.printable) \(then) and this training has \(now)"
    }

    /// The same sentence, for `localizedDescription`.
    public var errorDescription: String? { description }
}
