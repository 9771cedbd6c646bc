import ArgumentParser
import Foundation
import NNGPU
import NNModelFiles
import YAMLFiles

/// What `--model` names: a model file, a preset or a saved model.
struct GivenModel {
    let network: Network
    /// What it is for, if that is said.
    let task: TrainingTask?
    /// The weights of a saved model.
    let file: Safetensors?
    /// The text of the model file that a preset is.
    let presetText: String?

    /// Whether a specification is that of a preset, which no file of the name hides.
    static func isPreset(_ specification: String) -> Bool {
        !FileManager.default.fileExists(atPath: specification)
            && Preset.named(specification) != nil
    }

    /// Reads the model; `ends` are the shape of a sample that goes in and the numbers that come out where a preset is not
    /// told.
    init(
        _ specification: String, ends: () throws -> (sampleShape: [Int], outputs: Int)? = { nil }
    ) throws {
        let ending = URL(fileURLWithPath: specification).pathExtension.lowercased()
        let exists = FileManager.default.fileExists(atPath: specification)
        if Self.isPreset(specification), let preset = Preset.named(specification) {
            let fallbacks = try ends().map { Self.fallbacks($0.sampleShape, $0.outputs) } ?? [:]
            let text = try preset.text(specification, fallbacks: fallbacks)
            network = try Network(modelFile: text, named: preset.name)
            (task, file, presetText) = (nil, nil, text)
        } else if ["yaml", "yml", "json"].contains(ending) {
            let text = try ModelText(contentsOf: specification)
            if ending == "json", let json = text.savedDescription {
                let description = try ModelDescription(json: json)
                (network, task) = (description.network, description.task)
            } else {
                (network, task) = (try text.network(), nil)
            }
            (file, presetText) = (nil, nil)
        } else if !exists, ending.isEmpty {
            let name = specification.prefix { $0 != ":" }.prefix(40).description
            let names = Preset.all.map(\.name)
            throw ValidationError(
                "--model \(specification.printable) is no file and no preset: the nearest of "
                    + "\(names.joined(separator: ", ")) is \(name.nearest(of: names) ?? "").")
        } else {
            let file = try ModelFile.read(specification)
            let description = try ModelDescription(of: file)
            (network, task, self.file) = (description.network, description.task, file)
            presetText = nil
        }
    }

    /// What a preset's options are for such samples: images are [height, width] or have channels in front.
    private static func fallbacks(_ sampleShape: [Int], _ outputs: Int) -> [String: Int] {
        let size = sampleShape.reduce(1, *)
        var numbers = [
            "inputs": size, "outputs": outputs, "context": size, "vocabulary": outputs,
        ]
        if (2...3).contains(sampleShape.count) {
            numbers["channels"] = sampleShape.count == 3 ? sampleShape[0] : 1
            numbers["height"] = sampleShape[sampleShape.count - 2]
            numbers["width"] = sampleShape[sampleShape.count - 1]
        }
        return numbers
    }

    /// The model with what it is for: if that is not said, cross-entropy for each output of several numbers and the
    /// squared error for each of one.
    func description() throws -> ModelDescription {
        if let task { return ModelDescription(network, task: task) }
        let outputs = try ParameterLayout(of: network).outputShapes
        let objectives = outputs.sorted { $0.key < $1.key }.map { name, shape in
            let loss: LossName =
                (shape.dimensions.last ?? 1) > 1 ? .crossEntropy : .meanSquaredError
            return Objective(
                output: name, target: outputs.count == 1 ? Objective.targetName : name,
                loss: loss.loss)
        }
        return ModelDescription(network, task: TrainingTask(objectives))
    }
}
