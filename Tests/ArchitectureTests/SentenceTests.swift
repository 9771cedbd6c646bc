import Testing

/// What the library says to whoever uses it.
@Suite struct SentenceTests {
    /// Flags are the tool's: it adds them to the library's sentences.
    @Test(arguments: ["NNFiles", "NNGraph", "NNModel", "NNTraining", "ONNX", "TensorBoard"])
    func noSentenceNamesAFlag(folder: String) {
        let sources = SourceTree.files(in: "Sources/\(folder)")
        #expect(!sources.isEmpty)
        for source in sources {
            for line in source.text.split(separator: "\n")
            where line.firstMatch(of: /^\s*\/\//) == nil {
                let code = line.prefixMatch(of: /(.*?)\s\/\//)?.1 ?? line
                #expect(code.firstMatch(of: /(^|[\s"(])--[a-z]/) == nil, "\(source.path): \(line)")
            }
        }
    }
}
