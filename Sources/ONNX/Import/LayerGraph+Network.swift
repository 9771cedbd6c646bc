import NNFiles
import NNGraph
import NNModel
import NNTraining

// The model of a file that does not describe itself.
extension LayerGraph {
    /// Makes rows of samples, or gives them another shape, before they come in, if that is what all layers that take them
    /// do.
    mutating func reshapeInputs() throws(ONNXError) {
        var isKept = inputs.map { $0.preparation?.axis != nil }
        var shapes = inputs.map { _ in [Int]?.none }
        for output in outputs { if case .input(let place) = output.source { isKept[place] = true } }
        for item in items {
            for case .input(let place) in item.sources {
                let shape: [Int]?
                switch item.kind {
                case .flatten: shape = inputs[place].shape.map { [$0.reduce(1, *)] } ?? []
                case .reshape(let sizes): shape = sizes
                default: shape = nil
                }
                if shape == nil || shapes[place] ?? shape != shape { isKept[place] = true }
                shapes[place] = shape
            }
        }
        var moved: [Source] = []
        var kept: [Item] = []
        func source(_ old: Source) -> Source {
            if case .item(let place) = old { moved[place] } else { old }
        }
        for item in items {
            if case .input(let place)? = item.sources.first, !isKept[place],
                let shape = shapes[place]
            {
                moved.append(.input(place))
                if !shape.isEmpty { inputs[place].shape = shape }
            } else {
                if case .reshape = item.kind {
                    throw ONNXError(
                        .inputType("samples that are given several shapes"))
                }
                moved.append(.item(kept.count))
                kept.append(Item(kind: item.kind, sources: item.sources.map(source)))
            }
        }
        items = kept
        outputs = outputs.map { ($0.name, source($0.source)) }
    }

    /// The saved model, with a plain sequence as one, for what its outputs stand for where the file says it, and the
    /// loss if that is known.
    ///
    /// - Throws: ``NNTraining/ModelError`` for layers that do not fit each other.
    func saved(
        meaning meanings: [OutputMeaning?], loss: (any Loss)?, within budget: inout WeightBudget
    ) throws -> Safetensors {
        guard items.count <= ModelLimits.layerCount else {
            throw ModelError.layerCount(limit: ModelLimits.layerCount)
        }
        let places = parameterPlaces
        let network = network(places)
        let shapes = try ParameterLayout(of: network).outputShapes
        let single = outputs.count == 1
        let objectives = zip(outputNames, meanings).map { name, meaning in
            let isVector = shapes[name].map { $0.count > 1 } ?? false
            let guess: LossName =
                switch meaning ?? (isVector ? .classes : .numbers) {
                case .classes: .crossEntropy
                case .decisions: .binaryCrossEntropy
                case .numbers: .meanSquaredError
                }
            return Objective(
                output: name, target: single ? Objective.targetName : name,
                loss: loss ?? guess.loss)
        }
        let task = TrainingTask(objectives)
        var known: [String: Safetensors.Tensor] = [:]
        for (item, place) in zip(items, places) {
            for tensor in try item.kind.tensors(named: "\(place).", within: &budget) {
                known[tensor.name] = tensor
            }
        }
        var saved = try Safetensors(
            known.values.sorted { $0.name < $1.name },
            metadata: [
                ModelDescription.metadataKey: ModelDescription(network, task: task).json()
            ])
        saved.classNames = classNames(for: task, outputs: shapes)
        // Whether layers fit each other is the model's to say.
        _ = try ModelDescription(of: saved)
        return saved
    }

    private func classNames(for task: TrainingTask, outputs: [String: Shape]) -> [String]? {
        guard task.objectives.count == 1, let labels = classLabels else { return nil }
        let count = outputs[Network.outputName]?.dimensions.last ?? 1
        switch task.loss.meaning {
        case .classes: return labels.count == count ? labels : nil
        case .decisions: return labels.count == 2 && count == 1 ? labels : nil
        case .numbers: return nil
        }
    }

    // MARK: - Layers

    /// The place of each layer, which begins its parameters' names; layers that share all weights have one place.
    private var parameterPlaces: [String] {
        var known: [[String]: String] = [:]
        let isChain = isChain
        return items.indices.map { place in
            guard !isChain, let key = items[place].kind.weightNames else { return partName(place) }
            if let first = known[key] { return first }
            known[key] = partName(place)
            return partName(place)
        }
    }

    /// What a part of a graph is called.
    private func partName(_ place: Int) -> String {
        inputNames.contains(String(place)) ? "layer\(place)" : String(place)
    }

    /// The names of the inputs, if a model can have inputs of such names.
    private var inputNames: [String] {
        inputs.count == 1
            ? [Network.inputName]
            : inputs.enumerated().map { Self.isPlain($1.name) ? $1.name : "input\($0)" }
    }

    /// The names of the outputs, likewise.
    private var outputNames: [String] {
        let taken = inputNames
        return outputs.count == 1
            ? [Network.outputName]
            : outputs.enumerated().map {
                Self.isPlain($1.name) && !taken.contains($1.name) ? $1.name : "output\($0)"
            }
    }

    /// Whether a name cannot be one of something else in a training.
    private static func isPlain(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 255 && !name.contains(".")
            && !["step", "parameters", "metrics", "indices", "scalars", "shares", "places"]
                .contains(name)
    }

    /// Whether each layer takes the one before it.
    private var isChain: Bool {
        let places = items.indices
        return inputs.count == 1 && outputs.count == 1
            && places.allSatisfy {
                items[$0].sources == [$0 == 0 ? .input(0) : .item($0 - 1)]
            } && outputs[0].source == (places.last.map { .item($0) } ?? .input(0))
    }

    private func network(_ places: [String]) -> Network {
        let names = inputNames
        let described = inputs.indices.map { place in
            ModelInput(
                names[place], Shape(sampleShape(place)),
                inputs[place].isInteger ? .int32 : .float, preparation: inputs[place].preparation)
        }
        if isChain {
            return Network(
                Sequential(items.compactMap(\.kind.layer)), inputShape: described[0].shape,
                described[0].elementType, preparation: described[0].preparation)
        }
        func name(_ source: Source) -> String {
            switch source {
            case .input(let place): names[place]
            case .item(let place): partName(place)
            }
        }
        let parts = items.indices.map { place -> ModelGraph.Part in
            let item = items[place]
            let (own, sources) = (partName(place), item.sources.map(name))
            if case .merge(let merge) = item.kind { return .init(own, merge, of: sources) }
            guard own == places[place], let layer = item.kind.layer else {
                return .init(own, .shared(places[place]), of: sources)
            }
            return .init(own, .layer(layer), of: sources)
        }
        return Network(
            ModelGraph(
                parts,
                outputs: Dictionary(
                    zip(outputNames, outputs.map { name($0.source) })
                ) { $1 }), inputs: described)
    }

    /// The shape of a sample; where the file does not say it, a row of what the first product takes.
    private func sampleShape(_ input: Int) -> [Int] {
        if let shape = inputs[input].shape { return shape }
        for item in items where item.sources.contains(.input(input)) {
            switch item.kind {
            case .linear(let map): return [map.inputs]
            case .part(let part):
                if let norm = part.layer as? LayerNorm { return [norm.features] }
            default: continue
            }
        }
        return items.lazy.compactMap {
            if case .linear(let map) = $0.kind { [map.inputs] } else { nil }
        }.first ?? []
    }
}

extension LayerGraph.Kind {
    /// The names of the constants that are all of its weights, by which layers that share them are known.
    fileprivate var weightNames: [String]? {
        switch self {
        case .linear(let map) where map.steps.isEmpty && map.scale == 1 && map.before.isEmpty:
            ["linear", map.weight.name, "\(map.isTransposed)", "\(map.columns != nil)"]
        case .linear(let map):
            map.plainBias.map { ["linear", map.weight.name, "\(map.isTransposed)", $0.name] }
        case .convolution(let map) where map.steps.isEmpty:
            [layerDescription ?? "", map.weight.name, map.bias?.name ?? ""]
        case .part(let part): part.constantNames.map { [layerDescription ?? ""] + $0 }
        default: nil
        }
    }

    /// Its weights, whose names begin so.
    func tensors(
        named prefix: String, within budget: inout WeightBudget
    ) throws -> [Safetensors.Tensor] {
        switch self {
        case .linear(let map):
            let (weight, bias) = try map.numbers(within: &budget)
            let tensor = try Safetensors.Tensor(
                name: "\(prefix)weight", shape: [map.outputs, map.inputs], floats: weight)
            guard let bias else { return [tensor] }
            return [
                tensor,
                try Safetensors.Tensor(name: "\(prefix)bias", shape: [map.outputs], floats: bias),
            ]
        case .convolution(let map): return try map.tensors(named: prefix, within: &budget)
        case .part(let part): return try part.tensors(named: prefix, within: &budget)
        case .flatten, .reshape, .merge: return []
        }
    }
}
