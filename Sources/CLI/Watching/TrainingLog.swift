import Foundation
import NNGPU

/// The file of `--log`: a JSON object a line for whatever happens in a training.
final class TrainingLog: Sendable {
    private let file: GrowingFile

    /// Opens a file to add to its lines.
    ///
    /// - Throws: `OutputFileError` for a file of something else, `GrowingFileError`.
    init(path: String) throws {
        let url = URL(fileURLWithPath: path)
        let content = (try? Data(contentsOf: url, options: .mappedIfSafe)) ?? Data()
        let beginning = Self.beginning(of: LogLine.Run.self)
        guard content.isEmpty || content.starts(with: beginning) else {
            throw OutputFileError(path: path, reason: "it is there and is no log of a training")
        }
        let newline = UInt8(ascii: "\n")
        let whole = content.lastIndex(of: newline).map { $0 + 1 } ?? 0
        let isCutOff = whole < content.count
        file = try GrowingFile(path: path, keeping: isCutOff ? whole : nil)
        if isCutOff {
            Console.diagnose("the last line of \(path) was cut off and is removed")
        }
    }

    /// Adds a line.
    ///
    /// - Throws: `GrowingFileError`; then the file is what it was.
    func write<Content: LogContent>(_ content: Content) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // A rate over no time has no number.
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        let time = Date.ISO8601FormatStyle(includingFractionalSeconds: true).format(Date())
        // Who reads the file sees first of what kind a line is, and when it was written.
        try file.append(
            Self.beginning(of: Content.self) + Data(#""time":"\#(time)","#.utf8)
                + encoder.encode(content).dropFirst() + Data("\n".utf8))
    }

    private static func beginning<Content: LogContent>(of content: Content.Type) -> Data {
        Data(#"{"type":"\#(content.type)","#.utf8)
    }
}
