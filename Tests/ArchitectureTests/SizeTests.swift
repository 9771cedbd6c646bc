import Testing

/// Files are short, and types are called what they are.
@Suite struct SizeTests {
    /// The lines up to which a file is read in one go.
    private static let longest = 300

    /// Tables of cases, and what `protoc` generates.
    private static let exceptions = [".pb.swift", "Tests/CLITests/Misuse.swift"]

    @Test func noFileIsLong() {
        let files =
            SourceTree.files(in: "Sources") + SourceTree.files(in: "Tests")
            + SourceTree.files(in: "Benchmarks") + SourceTree.files(in: "Kernels", "cl")
        #expect(files.count > 300)
        for file in files where !Self.exceptions.contains(where: file.path.hasSuffix) {
            let lines = file.text.split(separator: "\n", omittingEmptySubsequences: false).count - 1
            #expect(lines <= Self.longest, "\(file.path) has \(lines) lines")
        }
    }

    @Test func noTypeHasABareName() {
        for file in SourceTree.files(in: "Sources") {
            for line in file.code {
                let bare = line.firstMatch(
                    of: /\b(?:class|struct|enum|protocol) (File|Unit|Group|Results)\b/)
                #expect(bare == nil, "\(file.path): \(line)")
            }
        }
    }
}
