import ArgumentParser
import Foundation
import NNGPU

/// `nngpu predict`.
struct Predict: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Applies a saved model to samples.",
        discussion: """
            Reads .npy of shape [samples, …] or CSV of one sample a row. Writes the model's outputs \
            (logits, for a classifier): as .npy if --output ends so, else as CSV, with the \
            predicted class in front where there are classes.

            Example: nngpu predict --model model.safetensors --input x.npy --output logits.npy
            """)

    @Option(help: "The saved model (safetensors or ONNX).")
    var model: String

    @Option(help: ArgumentHelp("The samples; - for standard input.", valueName: "file|-"))
    var input: String

    @Option(help: "Where to write; standard output by default.")
    var output: String?

    @OptionGroup var device: DeviceOption

    func run() throws {
        if let output { try OutputFile.check(output) }
        let saved = try SavedModel(contentsOf: model, on: device.open())
        let isStandardInput = input == "-"
        let name = isStandardInput ? "standard input" : input
        let table =
            isStandardInput
            ? try FeatureTable(
                Array(FileHandle.standardInput.readDataToEndOfFile()), name: name)
            : try FeatureTable(contentsOf: input)
        let expected = saved.description.inputShape.count
        guard table.featureCount == expected else {
            throw TrainingError.featureCount(
                dataset: name, found: table.featureCount, expected: expected)
        }
        let outputs = try saved.trainer.predict(table.features)
        let width = outputs.count * table.featureCount / table.features.count
        if let output, output.hasSuffix(".npy") {
            let array = NumPyArray(shape: [outputs.count / width, width], values: outputs)
            return try array.write(to: output)
        }
        let text = csv(outputs, width: width, loss: saved.description.loss)
        if let output {
            try AtomicFile.write(Data(text.utf8), to: URL(fileURLWithPath: output))
        } else {
            FileHandle.standardOutput.write(Data(text.utf8))
        }
    }

    private func csv(_ outputs: [Float], width: Int, loss: Loss) -> String {
        let names = (0..<width).map { "output_\($0)" }
        let header = (loss.isClassification ? ["class"] : []) + names
        let lines = stride(from: 0, to: outputs.count, by: width).map { start in
            let row = outputs[start..<start + width]
            let numbers = row.map { String($0) }
            return (predictedClass(row, loss).map { [String($0)] } ?? []) + numbers
        }
        return ([header] + lines).map { $0.joined(separator: ",") + "\n" }.joined()
    }

    /// The class that the loss counts as the prediction.
    private func predictedClass(_ row: ArraySlice<Float>, _ loss: Loss) -> Int? {
        switch loss {
        case .softmaxCrossEntropy:
            row.indices.max { row[$0] < row[$1] || (row[$0] == row[$1] && $0 > $1) }
                .map { $0 - row.startIndex }
        case .binaryCrossEntropy: (row.first ?? 0) > 0 ? 1 : 0
        case .meanSquaredError: nil
        }
    }
}
