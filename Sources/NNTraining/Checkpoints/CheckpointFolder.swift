import Foundation
import NNFiles
import Synchronization

/// A folder with the last checkpoints of one training, which belongs to one process at a time.
///
/// Each checkpoint is a file of its own, named by its step, and complete or not there at all
/// (``AtomicFile``). Writing happens beside the training: the steps go on while the bytes before
/// them are on their way to the disk.
public final class CheckpointFolder {
    /// What every checkpoint says besides what it needs, such as the command line.
    public var notes: [String: String] = [:]

    private let url: URL
    private let keptCount: Int
    private let lock: Int32
    private let writer = DispatchQueue(label: "nngpu.checkpoint")
    private let failure = Failure()

    /// What went wrong on the writer's thread.
    private final class Failure: Sendable {
        let error = Mutex<(any Error)?>(nil)
    }

    /// Opens a folder, which is made if need be, and locks it until the end of the process or of
    /// this object.
    ///
    /// - Parameters:
    ///   - path: The folder.
    ///   - keptCount: How many checkpoints to keep, at least 1; older ones are removed.
    /// - Throws: ``CheckpointError`` if it cannot be used or another process uses it.
    public init(path: String, keeping keptCount: Int = 2) throws(CheckpointError) {
        url = URL(fileURLWithPath: path, isDirectory: true)
        self.keptCount = max(1, keptCount)
        guard Self.makeFolder(url.path) else { throw .folder(path, code: errno) }
        lock = open(
            url.appending(path: ".lock").path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666)
        guard lock >= 0 else { throw .folder(path, code: errno) }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            close(lock)
            throw code == EWOULDBLOCK ? .locked(folder: path) : .folder(path, code: code)
        }
        // Nobody else writes here, so scratch files are what a killed process has left.
        for name in Self.names(in: url) where name.hasPrefix(".nngpu-") && name.hasSuffix(".tmp") {
            unlink(url.appending(path: name).path)
        }
    }

    deinit {
        writer.sync {}
        close(lock)
    }

    /// A checkpoint that could not be read, and why.
    public struct Damage {
        /// Its file.
        public let path: String
        /// What is wrong with it.
        public let error: any Error
    }

    /// The newest checkpoint that is whole, and the newer ones that are not.
    ///
    /// - Returns: No checkpoint if the folder has none.
    /// - Throws: ``CheckpointError/allDamaged(folder:count:)``.
    public func newest() throws -> (checkpoint: Checkpoint?, damaged: [Damage]) {
        var damaged: [Damage] = []
        for (_, name) in Self.steps(in: url).reversed() {
            let path = url.appending(path: name).path
            do {
                return (try Checkpoint(data: Data(InputFile.read(path))), damaged)
            } catch {
                damaged.append(Damage(path: path, error: error))
            }
        }
        guard damaged.isEmpty else {
            throw CheckpointError.allDamaged(folder: url.path, count: damaged.count)
        }
        return (nil, [])
    }

    /// Throws ``CheckpointError/occupied(folder:step:)`` if there are checkpoints.
    public func checkEmpty() throws(CheckpointError) {
        if let step = Self.steps(in: url).last?.step {
            throw .occupied(folder: url.path, step: step)
        }
    }

    /// Begins to write a checkpoint, after the one before it is written.
    ///
    /// - Parameters:
    ///   - checkpoint: What to write.
    ///   - observed: Does the writing, on a thread of its own, and may note how long it takes.
    /// - Throws: What went wrong with the one before it.
    func save(
        _ checkpoint: Checkpoint,
        observed: @escaping @Sendable (_ write: () throws -> Void) throws -> Void
    ) throws {
        try finish()
        removeLink(named: Self.name(of: checkpoint.record.step))
        let target = url.appending(path: Self.name(of: checkpoint.record.step))
        // Not `self`: its end waits for this queue, and must not come about on it.
        writer.async { [url, keptCount, failure] in
            do {
                try observed {
                    try AtomicFile.write(checkpoint.encoded(), to: target)
                }
                for (_, name) in Self.steps(in: url).dropLast(keptCount) {
                    unlink(url.appending(path: name).path)
                }
            } catch {
                failure.error.withLock { $0 = error }
            }
        }
    }

    /// Waits until everything is on the disk.
    ///
    /// - Throws: What went wrong with it.
    public func finish() throws {
        writer.sync {}
        let error = failure.error.withLock { error in
            defer { error = nil }
            return error
        }
        if let error { throw error }
    }

    // MARK: - Names

    private static let prefix = "step-"
    private static let suffix = ".safetensors"

    private static func name(of step: Int) -> String {
        let digits = String(step)
        return prefix + String(repeating: "0", count: max(0, 12 - digits.count)) + digits + suffix
    }

    private static func names(in url: URL) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
    }

    /// The checkpoints by rising step.
    private static func steps(in url: URL) -> [(step: Int, name: String)] {
        names(in: url).compactMap { name in
            guard name.hasPrefix(prefix), name.hasSuffix(suffix),
                let step = Int(name.dropFirst(prefix.count).dropLast(suffix.count)),
                name == Self.name(of: step)
            else { return nil }
            return (step, name)
        }.sorted { $0.step < $1.step }
    }

    /// A folder from somebody else may hold links: nothing is written to where they lead.
    private func removeLink(named name: String) {
        let path = url.appending(path: name).path
        var status = stat()
        if lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK { unlink(path) }
    }

    private static func makeFolder(_ path: String) -> Bool {
        mkdir(path, 0o777) == 0 || errno == EEXIST
    }
}
