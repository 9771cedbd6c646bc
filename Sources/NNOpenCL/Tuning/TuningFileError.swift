import Foundation

/// Why a tuning file cannot be used.
public enum TuningFileError: Error, Equatable, Sendable {
    /// There is no such file, or it may not be read.
    case unreadable(path: String)
    /// The file is not what `nngpu tune` writes.
    case malformed(path: String, reason: String)
    /// The file is of another device, driver, library or version of the kernels.
    case foreign(path: String, field: String, expected: String, found: String)
    /// The file cannot be written.
    case unwritable(path: String)
    /// There is no place for the file.
    case noPlace
}

extension TuningFileError: LocalizedError, CustomStringConvertible {
    /// One sentence: what is wrong, where, and what to do about it.
    public var description: String {
        switch self {
        case .unreadable(let path):
            "tuning file \(path) cannot be read: correct NNGPU_TUNING, or write the file with "
                + "`nngpu tune`"
        case .malformed(let path, let reason):
            "tuning file \(path) is damaged (\(reason)): write it anew with `nngpu tune`"
        case .foreign(let path, let field, let expected, let found):
            "tuning file \(path) was measured with \(field) \(found), and this is \(expected): "
                + "measure anew with `nngpu tune`"
        case .unwritable(let path):
            "tuning file \(path) cannot be written: set NNGPU_TUNING to a file in a folder that "
                + "can be"
        case .noPlace:
            "there is no place for a tuning file, since NNGPU_CACHE=off: set NNGPU_TUNING to a file"
        }
    }

    /// The same sentence, for `localizedDescription`.
    public var errorDescription: String? { description }
}
