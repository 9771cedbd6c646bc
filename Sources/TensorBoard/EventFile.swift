import Foundation
import NNFiles
import SwiftProtobuf

/// A file of events in the frames of TFRecord: length, checksum of the length, content, its checksum.
final class EventFile {
    private let file: GrowingFile
    private var hasVersion = false

    /// Makes a file of a name that no other has, and that sorts behind those made before.
    ///
    /// - Throws: ``NNFiles/GrowingFileError``.
    init(folder: URL) throws {
        let now = Date().timeIntervalSince1970
        let name = String(format: "events.out.tfevents.%017.6f.%d", now, getpid())
        file = try GrowingFile(path: folder.appending(path: name).path)
    }

    /// Adds events, all of them or none; before the first of all stands the version of the format.
    ///
    /// - Throws: ``NNFiles/GrowingFileError``; then the file is what it was.
    func append(_ events: [Event]) throws {
        let now = Date().timeIntervalSince1970
        let version = hasVersion ? [] : [Event.with { $0.fileVersion = "brain.Event:2" }]
        try file.append(
            (version + events).reduce(into: Data()) { records, event in
                var event = event
                event.wallTime = now
                records.append(Self.frame(try event.serializedData()))
            })
        hasVersion = true
    }

    private static func frame(_ content: Data) -> Data {
        let length = bytes(UInt64(content.count))
        return length + bytes(CRC32C.masked(of: length)) + content
            + bytes(CRC32C.masked(of: content))
    }

    private static func bytes(_ number: some FixedWidthInteger) -> Data {
        withUnsafeBytes(of: number.littleEndian) { Data($0) }
    }
}
