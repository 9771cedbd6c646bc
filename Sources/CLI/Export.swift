import ArgumentParser
import Foundation
import NNGPU
import ONNX

/// `nngpu export`.
struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Writes a saved model in another format: ONNX, safetensors or NumPy's .npz.",
        discussion: """
            An ONNX file (operators of version 20, format version 9) computes what the model does \
            outside of training, for batches of any size, up to the outputs: logits for a classifier, or \
            with --probabilities what most other programs expect of one. Wherever a command takes a \
            saved model, it takes an .onnx file too, also of PyTorch, Keras, scikit-learn and others, if \
            its layers are known here. A softmax or sigmoid at its end belongs to the loss: the model \
            then gives logits, and `predict --probabilities` the file's own outputs.

            An .npz file holds the weights by their names and nothing else: `nngpu train --init` \
            takes it, with the flags that describe the layers.

            Example: nngpu export --model model.safetensors --output model.onnx
            """)

    @Option(help: "The saved model (safetensors or ONNX).", completion: .file())
    var model: String

    @Option(
        help: ArgumentHelp(
            "Where to write.", valueName: "file.onnx|file.safetensors|file.npz"),
        completion: .file())
    var output: String

    @Option(
        help: ArgumentHelp(
            "What the model was trained for, in place of what the file says; ONNX files of other "
                + "programs do not say it. As for train.", valueName: "loss"),
        completion: LossOption.completion, transform: LossOption.init(parsing:))
    var loss: LossOption?

    @Flag(
        help: "Let the outputs be probabilities in place of logits, for other programs (ONNX only)."
    )
    var probabilities = false

    func validate() throws {
        if probabilities, !ModelFile.isONNX(output) {
            throw ValidationError("--probabilities needs an --output that ends in .onnx.")
        }
        guard ModelFile.isWritten(output) else {
            throw ValidationError(
                "--output \(output) does not end in .onnx, .safetensors or .npz.")
        }
    }

    func run() throws {
        try OutputFile.check(output)
        let saved = try ModelFile.read(model, loss: loss?.loss)
        // Weights that could not be loaded again are not passed on.
        let description = try ModelDescription(of: saved)
        _ = try ParameterLayout(of: description.network)
            .values(from: saved)
        if probabilities {
            guard description.task.objectives.contains(where: { $0.loss.isClassification }) else {
                throw ValidationError(
                    "--probabilities needs a model of classes, and \(model) was trained for "
                        + "\(type(of: description.task.loss).typeName).")
            }
            try AtomicFile.write(
                ONNXFile.encode(saved, probabilities: true), to: URL(fileURLWithPath: output))
        } else {
            try ModelFile.write(saved, to: output)
        }
    }
}
