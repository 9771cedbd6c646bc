import Foundation

/// A file that cannot be written where it was asked for.
struct OutputFileError: Error, CustomStringConvertible {
    let path: String
    let reason: String

    var description: String {
        "\(path) cannot be written, as \(reason): choose another place."
    }
}

/// Looks before hours of work whether their result can be written.
enum OutputFile {
    static func check(_ path: String) throws {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue
        {
            throw OutputFileError(path: path, reason: "it is a folder")
        }
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder),
            isFolder.boolValue
        else { throw OutputFileError(path: path, reason: "the folder \(folder) does not exist") }
        guard FileManager.default.isWritableFile(atPath: folder) else {
            throw OutputFileError(path: path, reason: "the folder \(folder) is not writable")
        }
    }
}
