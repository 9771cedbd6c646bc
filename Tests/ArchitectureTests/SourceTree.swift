import Foundation

/// The package's own source files, as text.
struct SourceTree: Sendable {
    /// A source file.
    struct Source: Sendable {
        /// Where it is, from the package's root.
        let path: String
        let text: String

        /// The folder that it is in, from the package's root.
        var folder: String { (path as NSString).deletingLastPathComponent }

        /// The lines without comments and without what stands in quotes.
        var code: [Substring] {
            text.replacing(/\/\*(?s:.*?)\*\//, with: "")
                .replacing(/"""(?s:.*?)"""/, with: "")
                .split(separator: "\n", omittingEmptySubsequences: false)
                .map { $0.replacing(/"(?:\\.|[^"\\])*"/, with: "\"\"") }
                .map { $0.prefixMatch(of: /(.*?)\/\//)?.1 ?? $0[...] }
        }
    }

    let sources: [Source]

    /// The root of the package that this file is part of.
    static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// The files below a folder of the package with an extension.
    static func files(in folder: String, _ fileExtension: String = "swift") -> [Source] {
        let base = root.appending(path: folder)
        let names = FileManager.default.enumerator(atPath: base.path)?.compactMap { $0 as? String }
        return (names ?? []).filter { $0.hasSuffix(".\(fileExtension)") }.sorted().compactMap {
            guard let text = try? String(contentsOf: base.appending(path: $0), encoding: .utf8)
            else {
                return nil
            }
            return Source(path: "\(folder)/\($0)", text: text)
        }
    }
}
