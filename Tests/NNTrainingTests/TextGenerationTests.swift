import Foundation
import NNFiles
import NNGraph
import NNModel
import NNReference
@testable import NNTraining
import TestSupport
import Testing

/// Texts that models write.
@Suite struct TextGenerationTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func generator(
        steps: Int, seed: UInt64 = 5
    ) throws -> (generator: TextGenerator, trainer: Trainer) {
        let data = try TextTraining.split(in: folder, tokenizer: .characters).train
        let network = TextTraining.network(for: data)
        let backend = ReferenceBackend<Float>()
        let trainer = try TextTraining.trainer(network, on: backend)
        if steps > 0 {
            try trainer.fit(data, options: TrainingOptions(length: .steps(steps), batchSize: 16))
        }
        let parameters = try ParameterStore(of: network, on: backend)
        try parameters.load(trainer.parameters())
        return (try TextGenerator(network, parameters), trainer)
    }

    private func text(
        _ generator: TextGenerator, after prompt: String, count: Int, _ sampling: TokenSampling
    ) throws -> String {
        var bytes: [UInt8] = []
        try generator.write(after: prompt, count: count, sampling) {
            bytes += $0
            return true
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// For every length the row of the prediction at the last token, and of a longer text that of its end.
    @Test func logitsAreThePredictionsAtTheLastToken() throws {
        let (generator, trainer) = try generator(steps: 3)
        let context = TextTraining.context
        let tokens = (0..<context + 3).map { Int32($0 * 5 % 23) }
        let count = trainer.graphs.network.inputs[0].tokenizer?.count ?? 0
        func prediction(_ tokens: [Int32]) throws -> [Float] {
            let executable = try trainer.state.compile(trainer.graphs.prediction(batchSize: 1))
            let backend = trainer.state.backend
            try backend.write(tokens, to: executable.buffer(named: Network.inputName))
            try executable.run()
            return try backend.readFloats(executable.buffer(named: Network.outputName))
        }
        for length in 1...context {
            // What stands behind may be anything.
            let behind = [Int32](repeating: 7, count: context - length)
            let all = try prediction(tokens[..<length] + behind)
            let wanted = Array(all[(length - 1) * count..<length * count])
            #expect(try generator.logits(after: Array(tokens[..<length])) == wanted)
        }
        let last = try prediction(Array(tokens.suffix(context))).suffix(count)
        #expect(try generator.logits(after: tokens) == Array(last))
        #expect(throws: GenerationError.noPrompt) { try generator.logits(after: []) }
    }

    @Test func whatWasLearnedIsWritten() throws {
        let (generator, _) = try generator(steps: 250)
        let greedy = try TokenSampling(temperature: 0)
        let written = try text(generator, after: "the qu", count: 60, greedy)
        #expect("the qu" + written == TextTraining.text.prefix(66))
    }

    @Test func theSeedDecides() throws {
        let (generator, _) = try generator(steps: 3)
        func text(_ seed: UInt64, temperature: Double = 1) throws -> String {
            try self.text(
                generator, after: "the", count: 30,
                TokenSampling(temperature: temperature, seed: seed))
        }
        #expect(try text(1) == text(1))
        #expect(try text(1) != text(2))
        #expect(try text(1, temperature: 0) == text(2, temperature: 0))
        // Whoever takes the text may stop.
        var count = 0
        try generator.write(after: "the", count: 30, TokenSampling()) { _ in
            count += 1
            return count < 4
        }
        #expect(count == 4)
        #expect(throws: DataError.self) {
            try self.text(generator, after: "The", count: 1, .init())
        }
    }

    @Test func otherModelsAreRefused() throws {
        let backend = ReferenceBackend<Float>()
        func make(_ network: Network) throws {
            _ = try TextGenerator(network, ParameterStore(of: network, on: backend))
        }
        #expect(throws: GenerationError.notOfLanguage(input: [4], output: [2])) {
            try make(Network(Sequential([Linear(4, 2)]), inputShape: [4]))
        }
        let layers = Sequential([Embedding(5, 3), Linear(3, 5)])
        #expect(throws: GenerationError.noText) {
            try make(Network(layers, inputShape: [4], .int32))
        }
        let numbers = ModelInput("features", [4], .int32, tokenizer: .numbers(count: 5))
        #expect(throws: GenerationError.noText) {
            try make(Network(body: .layer(layers), inputs: [numbers]))
        }
    }

    /// What stands behind the last token is no text, so that no model may look at it.
    @Test(arguments: [true, false]) func attentionHasToBeCausal(isCausal: Bool) throws {
        let data = try TextTraining.split(in: folder).train
        let count = data.tokenizer?.count ?? 0
        let layers = Sequential([
            Embedding(count, 4), MultiHeadAttention(4, heads: 2, causal: isCausal),
            Linear(4, count),
        ])
        let network = Network(layers, inputShape: [TextTraining.context], .int32)
            .remembering(samplesOf: data)
        let backend = ReferenceBackend<Float>()
        let parameters = try ParameterStore(of: network, on: backend)
        try parameters.load(TextTraining.trainer(network, on: backend).parameters())
        func make() throws { _ = try TextGenerator(network, parameters) }
        if isCausal {
            try make()
        } else {
            #expect(throws: GenerationError.seesWhatFollows) { try make() }
        }
    }

    // MARK: - Sampling

    /// The shares of many draws are the probabilities, and what is left out is never drawn.
    @Test func drawsFollowTheProbabilities() throws {
        // softmax: 0.5, 0.25, 0.125, 0.125 in another order.
        let logits: [Float] = [log(0.125), log(0.5), log(0.125), log(0.25)]
        func shares(_ sampling: TokenSampling) throws -> [Double] {
            var counts = [Int](repeating: 0, count: 4)
            for place in 0..<4000 { counts[try sampling.token(from: logits, place: place)] += 1 }
            return counts.map { Double($0) / 4000 }
        }
        func expect(_ found: [Double], _ wanted: [Double]) {
            for (found, wanted) in zip(found, wanted) {
                // Five deviations of a share of 4,000 draws are at most 5 · √(0.25 / 4000).
                #expect(wanted == 0 || wanted == 1 ? found == wanted : abs(found - wanted) < 0.04)
            }
        }
        expect(try shares(TokenSampling()), [0.125, 0.5, 0.125, 0.25])
        expect(try shares(TokenSampling(topK: 2)), [0, 2 / 3, 0, 1 / 3])
        // Of equally likely tokens the first is kept.
        expect(try shares(TokenSampling(topK: 3)), [1 / 7, 4 / 7, 0, 2 / 7])
        expect(try shares(TokenSampling(topP: 0.6)), [0, 2 / 3, 0, 1 / 3])
        expect(try shares(TokenSampling(topP: 0.4)), [0, 1, 0, 0])
        expect(try shares(TokenSampling(topK: 1)), [0, 1, 0, 0])
        expect(try shares(TokenSampling(temperature: 0)), [0, 1, 0, 0])
        // Squares of the probabilities: 4 / 22 · …
        expect(try shares(TokenSampling(temperature: 0.5)), [1 / 22, 16 / 22, 1 / 22, 4 / 22])
    }

    @Test func whatIsNoNumberIsSaid() throws {
        let sampling = try TokenSampling()
        for logits in [[Float.nan, 1], [.infinity, 1], [-.infinity, -.infinity], []] {
            #expect(throws: GenerationError.notFinite(place: 3)) {
                try sampling.token(from: logits, place: 3)
            }
        }
        #expect(try sampling.token(from: [-.infinity, 2, -.infinity], place: 0) == 1)
        #expect(throws: GenerationError.self) { try TokenSampling(temperature: -1) }
        #expect(throws: GenerationError.self) { try TokenSampling(temperature: .infinity) }
        #expect(throws: GenerationError.self) { try TokenSampling(topK: 0) }
        #expect(throws: GenerationError.self) { try TokenSampling(topP: 0) }
        #expect(throws: GenerationError.self) { try TokenSampling(topP: 1.5) }
    }
}
