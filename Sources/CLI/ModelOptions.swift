import ArgumentParser
import Foundation
import NNGPU
import NNModelFiles

extension Activation: ExpressibleByArgument {
    /// Reads what `--activation` was given.
    public init?(argument: String) { self.init(argument) }

    /// What help and messages list.
    public static var allValueStrings: [String] { allCases.map(\.description) }
}

/// The flags that say what the layers are.
struct ModelOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The widths of the hidden layers, separated by commas; `none` for a single affine layer.",
            valueName: "512,512|none"))
    var hidden: HiddenLayers?

    @Option(
        help: ArgumentHelp(
            "The function after each hidden layer (default: relu); leaky-relu takes its slope, by default "
                + "PyTorch's 0.01.",
            valueName: "name[:slope]"))
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

    /// The model that `--model` names, or a preset where nothing says what the layers are; `ends` are the shape of a
    /// sample that goes in and the numbers that come out where a preset is not told.
    func given(
        orPreset fallback: String? = nil,
        ends: () throws -> (sampleShape: [Int], outputs: Int)? = { nil }
    ) throws -> GivenModel? {
        let name = model ?? (describesLayers ? nil : fallback)
        return try name.map { try GivenModel($0, ends: ends) }
    }

    /// The longest sequence of tokens of the preset that `--model` names, if it is one that takes them.
    func presetContext() throws -> Int? {
        guard let model, GivenModel.isPreset(model) else { return nil }
        return try Preset.named(model)?.context(model)
    }

    /// The model that `--model` names, if it is no preset: one that says by itself what goes in and what comes out.
    func givenFile() throws -> GivenModel? {
        try model.flatMap { GivenModel.isPreset($0) ? nil : try GivenModel($0) }
    }

    /// What is assumed about weights that do not say what lies between their layers, if that was not said either.
    func remark(on weights: InitialWeights) -> String? {
        // A slope that is the usual one may have been meant, or not thought of.
        let isOpen = activation.map { $0 == .leakyReLU() } ?? true
        guard weights.file.metadata[ModelDescription.metadataKey] == nil, model == nil, isOpen,
            weights.widths.count > 1
        else { return nil }
        return "the weights do not say what function follows each layer: "
            + "\(activation ?? .relu) is taken, and --activation says otherwise"
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

    /// Reads them, of all names only those that begin with the prefix, if one is given.
    init(contentsOf path: String, prefix: String? = nil) throws {
        let whole = try ModelFile.read(path)
        guard let prefix else {
            file = whole
            return
        }
        guard let part = whole.dropping(prefix: prefix) else {
            let names = whole.tensors.prefix(6).map(\.name.printable).joined(separator: ", ")
            throw ValidationError(
                "--init-prefix \(prefix.printable): no name in \(path.printable) begins so; there are "
                    + "\(names)\(whole.tensors.count > 6 ? ", …" : "").")
        }
        file = part
    }

    /// What model the file belongs to, if it says it.
    func description() throws -> ModelDescription? {
        file.metadata[ModelDescription.metadataKey] == nil ? nil : try ModelDescription(of: file)
    }

    /// The outputs of each affine layer in a `state_dict` of a sequence, first to last.
    ///
    /// A file without a description of its model, as PyTorch writes it, still says this much.
    var widths: [Int] {
        (file.countedLayers ?? []).compactMap { layer in
            let weight = layer.tensors.first { $0.leaf == "weight" }?.tensor
            return weight.flatMap { $0.shape.count == 2 ? $0.shape[0] : nil }
        }
    }
}
