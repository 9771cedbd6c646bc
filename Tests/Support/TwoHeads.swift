import NNFiles
import NNGraph
import NNModel
import NNTraining

/// A small model of two inputs, of which one is looked up, and two outputs, each with a loss.
package enum TwoHeads {
    /// The classes of the first output.
    package static let classCount = 3

    /// The model, with inputs of these names.
    package static func network(inputs: [String] = ["features", "word"]) -> Network {
        Network(
            ModelGraph(
                [
                    .init("words", Sequential([Embedding(5, 4), Flatten()]), of: inputs[1]),
                    .init("both", .concatenation(axis: 1), of: [inputs[0], "words"]),
                    .init(
                        "trunk", Sequential([Linear(7, 8), Tanh(), Dropout(rate: 0.2)]), of: "both"),
                    .init("kind", Linear(8, classCount), of: "trunk"),
                    .init("size", Linear(8, 1), of: "trunk"),
                ], outputs: ["kind": "kind", "size": "size"]),
            inputs: [ModelInput(inputs[0], [3]), ModelInput(inputs[1], [1], .int32)])
    }

    /// A class, and a number that counts a quarter.
    package static func task(kind: String = "kind", size: String = "size") -> TrainingTask {
        TrainingTask([
            Objective(output: "kind", target: kind, loss: .crossEntropy),
            Objective(
                output: "size", target: size, loss: .meanSquaredError, weight: 0.25,
                metrics: [Determination()]),
        ])
    }

    /// Samples whose targets both depend on both inputs.
    package static func data() throws -> Dataset {
        let count = 70
        let features = (0..<count * 3).map { Float(($0 * 37) % 11) / 11 - 0.5 }
        let words = (0..<count).map { Int32(($0 * 7) % 5) }
        let kinds = (0..<count).map {
            (Int(words[$0]) + (features[3 * $0] > 0 ? 1 : 0)) % classCount
        }
        let sizes = (0..<count).map { features[3 * $0 + 1] * Float(words[$0]) }
        return try Dataset(
            name: "both",
            inputs: [
                Dataset.Input("features", .floats(features), sampleShape: [3]),
                Dataset.Input("word", .int32s(words), sampleShape: [1]),
            ],
            targets: [
                Dataset.Target("kind", kinds.map(Float.init), width: 1),
                Dataset.Target("size", sizes, width: 1),
            ])
    }
}
