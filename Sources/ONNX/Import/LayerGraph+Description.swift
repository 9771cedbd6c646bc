import NNFiles
import NNModel
import NNTraining

// The model of a file that describes itself, as those that are written here do.
extension LayerGraph {
    /// The saved model of a description, if the graph that is written for it has the same layers as this.
    ///
    /// - Throws: ``ONNXError`` for a description of another model.
    func saved(
        as description: ModelDescription, metadata: [String: String],
        within budget: inout WeightBudget
    ) throws -> Safetensors {
        let written = try Self.written(for: description)
        guard hasLayers(of: written),
            zip(inputs, description.network.inputs).allSatisfy({ own, described in
                own.shape == nil || own.shape == described.shape.dimensions
            })
        else { throw ONNXError(.descriptionDiffers) }
        var known: [String: Safetensors.Tensor] = [:]
        for (item, model) in zip(items, written.items) {
            guard let prefix = model.kind.prefix else { continue }
            for tensor in try item.kind.tensors(named: prefix, within: &budget) {
                guard known.updateValue(tensor, forKey: tensor.name) ?? tensor == tensor else {
                    throw ONNXError(.descriptionDiffers)
                }
            }
        }
        let saved = try Safetensors(
            known.values.sorted { $0.name < $1.name }, metadata: metadata)
        // Whether layers fit each other is the model's to say.
        _ = try ModelDescription(of: saved)
        return saved
    }

    /// The layers that are read from what is written for a description; its weights are not there.
    private static func written(for description: ModelDescription) throws -> LayerGraph {
        let layout = try ParameterLayout(of: description.network)
        do throws(ONNXError) {
            let graph = try GraphWriter.graph(of: description.network, layout)
            var reader = try GraphReader(
                .with {
                    $0.irVersion = ONNXFile.formatVersion
                    $0.opsetImport = [.with { $0.version = ONNXFile.operatorSet }]
                    $0.graph = graph
                }, files: ExternalFiles(besides: nil))
            var budget = WeightBudget(byteCount: .max)
            return try LayerGraph(reader.graph(), within: &budget)
        } catch {
            throw ONNXError(.descriptionDiffers)
        }
    }
}

extension LayerGraph.Kind {
    /// What the names of a layer's weights begin with in the model that was written.
    fileprivate var prefix: String? {
        let weight: String? =
            switch self {
            case .linear(let map): map.weight.name
            case .layerNorm(_, let weight, _, _): weight?.name
            case .embedding(let table): table.name
            case .function, .flatten, .merge: nil
            }
        return weight.map { String($0.dropLast("weight".count)) }
    }
}
