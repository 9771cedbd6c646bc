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
        let layout = try ParameterLayout(of: description.network)
        let names = Set(layout.allEntries.flatMap(\.names))
        var metadata = metadata
        var known = try Self.counters(of: layout, in: &metadata)
        for (item, model) in zip(items, written.items) {
            // Before a dot there is a layer's name.
            let prefix = model.kind.prefix ?? "."
            for tensor in try item.kind.tensors(named: prefix, within: &budget) {
                guard names.contains(tensor.name) else {
                    guard tensor.isUsual else { throw ONNXError(.descriptionDiffers) }
                    continue
                }
                // Counts are in the metadata, as no operator reads them.
                if tensor.shape.isEmpty { continue }
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

    /// The counts of batches, which are no part of the graph, taken out of the metadata.
    private static func counters(
        of layout: ParameterLayout, in metadata: inout [String: String]
    ) throws -> [String: Safetensors.Tensor] {
        var known: [String: Safetensors.Tensor] = [:]
        for entry in layout.allEntries where entry.kind == .running && entry.shape.rank == 0 {
            let text = metadata.removeValue(forKey: ONNXFile.counterPrefix + entry.name)
            known[entry.name] = try Safetensors.Tensor(
                name: entry.name, shape: [], floats: [text.flatMap { Float($0) } ?? 0])
        }
        return known
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
        let weight: ConstantTensor
        switch self {
        case .linear(let map): weight = map.weight
        case .convolution(let map): weight = map.weight
        case .part(let part): return part.prefix
        case .flatten, .reshape, .merge: return nil
        }
        return String(weight.name.dropLast("weight".count))
    }
}

extension Safetensors.Tensor {
    /// Whether it is what a layer without weights of its own multiplies by, adds or has counted: 1, or for a bias or a
    /// count 0.
    fileprivate var isUsual: Bool {
        let usual: Float = name.hasSuffix("weight") ? 1 : 0
        return floats().allSatisfy { $0 == usual }
    }
}
