import ArgumentParser
import Foundation
import NNGPU

extension Activation: ExpressibleByArgument {}
extension OptimizerName: ExpressibleByArgument {}

/// The flags that say what the layers are.
struct ModelOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The widths of the hidden layers, separated by commas; `none` for a single affine layer.",
            valueName: "512,512|none"))
    var hidden: HiddenLayers?

    @Option(help: "The function after each hidden layer (default: relu).")
    var activation: Activation?

    @Option(help: "The share of units that training drops after each hidden layer (default: 0).")
    var dropout: Double?

    @Option(
        help: ArgumentHelp(
            "Take the layers from a model file (YAML or JSON), a saved model, or a preset such as "
                + "mlp:layers=3,width=256; `nngpu model` lists presets and layers.",
            valueName: "file|preset"),
        completion: .file())
    var model: String?

    func validate() throws {
        if let dropout, !(0..<1).contains(dropout) {
            throw ValidationError("--dropout \(dropout) is not in [0, 1).")
        }
        if model != nil, describesLayers {
            throw ValidationError(
                "--model says what the layers are: drop --hidden, --activation and --dropout.")
        }
    }

    /// Whether a flag other than `--model` says what the layers are.
    var describesLayers: Bool { hidden != nil || activation != nil || dropout != nil }

    /// The model that `--model` names, if it was given; `ends` are the features that go in and the numbers that
    /// come out where a preset is not told.
    func given(
        ends: () throws -> (inputs: Int, outputs: Int)? = { nil }
    ) throws -> GivenModel? {
        try model.map { try GivenModel($0, ends: ends) }
    }

    /// A perceptron of the asked-for widths.
    func perceptron(inputs: Int, outputs: Int, hidden fallback: [Int]) -> Sequential {
        .multilayerPerceptron(
            inputs: inputs, hidden: hidden?.widths ?? fallback, outputs: outputs,
            activation: activation ?? .relu, dropout: dropout ?? 0)
    }
}

/// The widths of hidden layers: `512,512`, or `none`.
struct HiddenLayers: ExpressibleByArgument {
    let widths: [Int]

    /// What `--hidden` is unless the data or the weights say otherwise.
    static let standard = [512, 512]

    init?(argument: String) {
        if argument == "none" {
            widths = []
        } else if let list = IntegerList(argument: argument) {
            widths = list.values
        } else {
            return nil
        }
    }
}

/// Weights that training starts from.
struct InitialWeights {
    let file: Safetensors

    init(contentsOf path: String) throws {
        file = try ModelFile.read(path)
    }

    /// The outputs of each affine layer in a `state_dict` of a sequence, first to last.
    ///
    /// A file without a description of its model, as PyTorch writes it, still says this much.
    var widths: [Int] {
        file.tensors.compactMap { tensor -> (place: Int, width: Int)? in
            let parts = tensor.name.split(separator: ".")
            guard parts.count == 2, parts[1] == "weight", tensor.shape.count == 2,
                let place = Int(parts[0])
            else { return nil }
            return (place, tensor.shape[0])
        }.sorted { $0.place < $1.place }.map(\.width)
    }
}
