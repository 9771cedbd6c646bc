import NNFiles
import NNModel

extension Dataset {
    /// Sequences of the tokens of texts, one file after the other, each with what follows its tokens as the targets.
    ///
    /// - Parameters:
    ///   - files: The paths of the texts, gzipped or not.
    ///   - options: What becomes tokens, and how long a sequence is.
    /// - Throws: ``DataError``.
    init(text files: [String], _ options: TextOptions) throws(DataError) {
        let name = "text \(files.joined(separator: ", "))"
        var text: [UInt8] = []
        for file in files {
            let bytes = try InputFile.read(file)
            let limit = InputFile.memoryLimit - text.count
            text +=
                try bytes.starts(with: Gzip.signature)
                ? Gzip.inflate(bytes, file: file, limit: limit) : bytes
        }
        let tokenizer = try options.tokenizer(of: text, named: name)
        try self.init(
            name: name, tokenizer.tokens(of: text, named: name), tokenizer,
            context: options.context)
    }

    /// Sequences of tokens as 16-bit numbers, which stay in their file.
    ///
    /// - Parameters:
    ///   - file: The path of a file as llm.c or nanoGPT writes it.
    ///   - context: The tokens of a sequence.
    /// - Throws: ``DataError``.
    init(tokens file: String, context: Int) throws(DataError) {
        let source = try TokenFile(contentsOf: file)
        let tokens = TokenArray(source)
        let largest = try tokens.largest() ?? 0
        let count = source.vocabularySize ?? largest + 1
        guard largest < count else {
            throw .tokenBeyond(dataset: file, token: largest, count: count)
        }
        try self.init(
            name: "tokens \(file)", tokens, .numbers(count: count), context: context)
    }

    private init(
        name: String, _ tokens: TokenArray, _ tokenizer: Tokenizer, context: Int
    ) throws(DataError) {
        let (inputs, targets) = try TokenWindows.pairs(tokens, length: context, named: name)
        try self.init(
            name: name,
            inputs: [
                Input(
                    Self.inputName, .tokens(inputs), sampleShape: [context], tokenizer: tokenizer)
            ],
            targets: [Target(Self.targetName, targets)])
    }
}

extension TextOptions {
    /// What the tokens of a text are.
    ///
    /// - Throws: ``DataError/tokensWithoutText(_:)`` for a model that knows tokens by their numbers alone.
    fileprivate func tokenizer(
        of text: [UInt8], named name: String
    ) throws(DataError) -> Tokenizer {
        switch (known, kind) {
        case (.numbers, _): throw .tokensWithoutText(name)
        case (.bytes, nil), (.bytes, .bytes), (nil, .bytes), (nil, nil): return .bytes
        case (.characters(let scalars), nil), (.characters(let scalars), .characters):
            return .characters(scalars)
        case (_, .bytes): return .bytes
        case (_, .characters): return try .characters(of: text, named: name)
        }
    }
}
