import NNFiles
import NNGraph
import NNModel

/// Writes a text with a model of language, token by token.
///
///     let generator = try TextGenerator(network, parameters)
///     try generator.write(after: "In the beginning", count: 100, TokenSampling(topK: 40)) { bytes in
///         FileHandle.standardOutput.write(Data(bytes))
///         return true
///     }
///
/// The model is computed anew for each token, for as many places as it takes: what stands behind the last token is
/// arbitrary, as a causal model does not see it. Of a text that is longer, it sees the end.
public final class TextGenerator {
    /// The most tokens that the model sees.
    public let context: Int
    private let tokenizer: Tokenizer
    private let backend: any Backend
    private let executable: any Executable
    private let inputName: String

    private static let placeName = "place"
    private static let logitsName = "logits"

    /// Compiles a model with the parameters as they are at each call.
    ///
    /// - Throws: ``GenerationError`` for a model that does not predict tokens of a text from those before them alone.
    public init(_ network: Network, _ parameters: ParameterStore) throws {
        let input = network.inputs[0]
        let outputs = parameters.layout.outputShapes
        let output = outputs.count == 1 ? outputs.first?.value : nil
        guard network.inputs.count == 1, input.elementType == .int32, input.shape.rank == 1,
            let output, output.rank == 3, output[1] == input.shape[0]
        else {
            throw GenerationError.notOfLanguage(
                input: input.shape,
                output: output.map { Shape(Array($0.dimensions.dropFirst())) })
        }
        guard let tokenizer = input.tokenizer, tokenizer.hasText else {
            throw GenerationError.noText
        }
        self.tokenizer = tokenizer
        context = input.shape[0]
        inputName = input.name
        backend = parameters.backend
        let pass = try ForwardPass(parameters: ParameterTensors(parameters.layout).views)
        let results = try network(network.leaves(batchSize: 1), in: pass)
        let place = try Tensor.input(Self.placeName, [1], .int32)
        let logits = try results[results.names[0]].reshape([context, output[2]]).gather(place)
        executable = try parameters.compile(Graph(outputs: [Self.logitsName: logits]))
        let behind = [0, Int32(output[2] - 1)]
        let bits = try behind.map { try self.logits(after: [0], $0).map(\.bitPattern) }
        guard bits[0] == bits[1] else { throw GenerationError.seesWhatFollows }
    }

    /// What the model says of each token behind the last of some, of which it sees the last ``context``.
    ///
    /// - Throws: ``GenerationError/noPrompt`` for none, or what the backend throws.
    public func logits(after tokens: [Int32]) throws -> [Float] { try logits(after: tokens, 0) }

    /// The same, with a token that stands at all places behind the last.
    private func logits(after tokens: [Int32], _ behind: Int32) throws -> [Float] {
        let seen = Array(tokens.suffix(context))
        guard !seen.isEmpty else { throw GenerationError.noPrompt }
        let filled = seen + [Int32](repeating: behind, count: context - seen.count)
        try backend.write(filled, to: executable.buffer(named: inputName))
        try backend.write([Int32(seen.count - 1)], to: executable.buffer(named: Self.placeName))
        try executable.run()
        return try backend.readFloats(executable.buffer(named: Self.logitsName))
    }

    /// Writes tokens that go on with a text.
    ///
    /// - Parameters:
    ///   - prompt: The text.
    ///   - count: How many tokens to write.
    ///   - sampling: How each is chosen.
    ///   - use: Takes the bytes of each token, which may be a part of a character, and says whether to go on.
    /// - Throws: ``GenerationError``, or `DataError` for a text that the model has no tokens for.
    public func write(
        after prompt: String, count: Int, _ sampling: TokenSampling,
        use: ([UInt8]) throws -> Bool
    ) throws {
        let given = try tokenizer.tokens(of: Array(prompt.utf8), named: "the prompt")
        var tokens = try given.tokens(at: 0..<given.count)
        for place in 0..<max(0, count) {
            let token = try sampling.token(from: logits(after: tokens), place: place)
            tokens.append(Int32(token))
            // A model may have more outputs than its text has tokens.
            guard try use(tokenizer.text(of: token) ?? []) else { return }
        }
    }
}
