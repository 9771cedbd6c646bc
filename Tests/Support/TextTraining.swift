import Foundation
import NNGraph
import NNModel
import NNTraining

/// Small trainings on text.
package enum TextTraining {
    /// The tokens of a sequence.
    package static let context = 8
    /// A text in which hardly anything is left to chance.
    package static let text = String(
        repeating: "the quick brown fox jumps over the lazy dog. ", count: 12)

    /// The text as a data set, of which the end is held out.
    package static func split(
        in folder: TemporaryFolder, tokenizer: Tokenizer.Kind? = nil
    ) throws -> DatasetSplit {
        let path = try folder.write(Array(text.utf8), as: "fox.txt")
        return try DataSource(
            "text:\(path)", text: TextOptions(kind: tokenizer, context: context)
        ).load(seed: 0).holdingOut(0.2, seed: 0)
    }

    /// A small transformer for it.
    package static func network(for dataset: Dataset, dropout: Double = 0) -> Network {
        let (width, count) = (16, dataset.tokenizer?.count ?? 1)
        let start = Initializer.normal(deviation: 0.02)
        let blocks = (0..<2).map { _ in GPT2Block(width, heads: 2, dropout: dropout) }
        let model = Sequential([
            "wte": Embedding(count, width, initializer: start),
            "wpe": LearnedPositions(context, width, initializer: start),
            "drop": Dropout(rate: dropout), "h": Sequential(blocks), "ln_f": LayerNorm(width),
            "lm_head": TiedLinear(width, count, sharing: "wte.weight"),
        ])
        return Network(model, inputShape: [context], .int32).remembering(samplesOf: dataset)
    }

    /// A trainer at its first step.
    package static func trainer(
        _ network: Network, groups: [ParameterGroup] = [], on backend: any Backend
    ) throws -> Trainer {
        try Trainer(
            network, task: TrainingTask(CrossEntropy()).reportingPerplexity(of: network),
            optimizer: Adam(weightDecay: .decoupled(0.1)), groups: groups, learningRate: 0.01,
            seed: 5, backend: backend)
    }
}
