import Foundation
import NNGPU

/// A folder for what a command needs while it runs.
enum TemporaryFolder {
    /// Makes an empty folder that nobody else may look into, under a name that nobody could know before.
    static func make() throws -> String {
        let place = FileManager.default.temporaryDirectory
        var template = Array(place.appending(path: "nngpu-XXXXXX").path.utf8CString)
        guard mkdtemp(&template) != nil else {
            throw CheckpointError.folder(place.path, code: errno)
        }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
