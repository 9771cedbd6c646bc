import NNFiles
import NNGraph
import NNModel
import NNTraining

/// What a graph computes, as layers with their numbers.
struct ImportedChain {
    /// One layer; activations have no numbers.
    struct Link {
        var function: LayerFunction
        /// [outputs, inputs], as a saved model keeps it.
        var weight: [Float] = []
        var bias: [Float] = []
    }

    var links: [Link] = []
    /// The shape of a sample; nil if neither the input nor a layer says it.
    var inputShape: [Int]?
    /// What is done to the features first.
    var preparation: Preparation?

    /// The saved model of a file that does not describe itself.
    ///
    /// - Throws: ``NNTraining/ModelError`` for layers that do not fit each other.
    func saved(loss: (any Loss)?) throws -> Safetensors {
        let model = Sequential(links.map(\.function.layer))
        let shape = Shape(inputShape ?? [])
        let outputs = try ParameterLayout(of: model, inputShape: shape).outputShape
        let guess: LossName = outputs.count > 1 ? .crossEntropy : .meanSquaredError
        let description = ModelDescription(
            Network(model, inputShape: shape, preparation: preparation),
            task: TrainingTask(loss ?? guess.loss))
        return try saved(
            places: model.placedFunctions().map(\.place),
            metadata: [ModelDescription.metadataKey: description.json()])
    }

    /// The saved model of a file that describes itself, if its graph computes the same.
    func saved(as description: ModelDescription, metadata: [String: String]) throws -> Safetensors {
        let functions = try description.network.placedFunctions()
        guard functions.map(\.function) == links.map(\.function),
            inputShape == nil || inputShape == description.network.inputShape.dimensions,
            preparation == description.network.inputs[0].preparation
        else { throw ONNXError(.descriptionDiffers) }
        return try saved(places: functions.map(\.place), metadata: metadata)
    }

    private func saved(places: [String], metadata: [String: String]) throws -> Safetensors {
        var tensors: [Safetensors.Tensor] = []
        for (place, link) in zip(places, links) {
            guard case .linear(let inputs, let outputs, let hasBias) = link.function else {
                continue
            }
            tensors.append(
                try .init(name: "\(place).weight", shape: [outputs, inputs], floats: link.weight))
            if hasBias {
                tensors.append(
                    try .init(name: "\(place).bias", shape: [outputs], floats: link.bias))
            }
        }
        let saved = try Safetensors(tensors, metadata: metadata)
        // Whether layers fit each other is the model's to say.
        _ = try ModelDescription(of: saved)
        return saved
    }
}
