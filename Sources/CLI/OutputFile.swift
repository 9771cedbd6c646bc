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
        var status = stat()
        if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
            let isFolder = status.st_mode & S_IFMT == S_IFDIR
            throw OutputFileError(
                path: path, reason: isFolder ? "it is a folder" : "it is a device or a pipe")
        }
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder),
            isFolder.boolValue
        else { throw OutputFileError(path: path, reason: "the folder \(folder) does not exist") }
        guard FileManager.default.isWritableFile(atPath: folder) else {
            throw OutputFileError(path: path, reason: "the folder \(folder) is not writable")
        }
    }
}
