import NNFiles
import NNGraph
import NNModel
import YAMLFiles
import Yams

// MARK: - Layers joined by their names

extension ModelFileReader {
    mutating func graph(
        _ entries: [Entry], _ inputs: [ModelInput], outputs: Node?
    ) throws -> ModelGraph {
        var types = Dictionary(inputs.map { ($0.name, $0.type(batchSize: 1)) }) { $1 }
        var layers: [String: any Layer] = [:]
        var last = inputs.count == 1 ? inputs[0].name : nil
        var parts: [ModelGraph.Part] = []
        func known(_ name: String, at line: Int?) throws -> TensorType {
            guard let type = types[name] else {
                throw file.error(
                    line,
                    "there is no input and no layer \(name.excerpt) before this line; the nearest is "
                        + "\(name.nearest(of: types.keys.sorted()) ?? "").")
            }
            return type
        }
        for (place, entry) in entries.enumerated() {
            let name = entry.name ?? String(place)
            guard types[name] == nil else {
                throw file.error(
                    entry.line,
                    "\(name.excerpt) is the name of an input or layer before: give another one.")
            }
            guard let sources = entry.sources ?? last.map({ [$0] }) else {
                throw file.error(
                    entry.line,
                    "the model has several inputs: say by `from` which this layer takes.")
            }
            let taken = try sources.map { try known($0, at: entry.line) }
            let function = try function(of: entry, taking: taken[0])
            guard entry.kind.role == .merge || sources.count == 1 else {
                throw file.error(
                    entry.line,
                    "\(entry.kind.name) takes one tensor and gets \(sources.count): join them first, by sum, "
                        + "product or concatenate.")
            }
            switch function {
            case .layer(let layer):
                layers[name] = layer
                types[name] = try result(
                    of: layer, named: name, taking: taken[0], at: entry.line)
            case .shared(let other):
                guard let layer = layers[other] else {
                    throw file.error(
                        entry.line,
                        "there is no layer \(other.excerpt) before this line to be called again"
                            + (other.nearest(of: layers.keys.sorted()).map {
                                "; the nearest is \($0)."
                            } ?? "."))
                }
                types[name] = try result(
                    of: layer, named: other, taking: taken[0], at: entry.line)
            case .merge(let merge):
                types[name] = try told(at: entry.line) {
                    let tensors = try taken.enumerated().map {
                        try Tensor.input("x\($0)", $1.shape, $1.elementType)
                    }
                    return try merge(tensors, in: ForwardPass()).type
                }
            }
            parts.append(ModelGraph.Part(name, function, of: sources))
            last = name
        }
        return ModelGraph(
            parts, outputs: try self.outputs(outputs, last: last ?? "") { try known($0, at: $1) })
    }

    /// Throws unless an output depends on each of the inputs.
    func checkUse(ofInputs inputs: Node?, by graph: ModelGraph) throws {
        var needed = Set(graph.outputs.values)
        for part in graph.parts.reversed() where needed.contains(part.name) {
            needed.formUnion(part.sources)
        }
        for (key, _) in inputs?.mapping ?? [:] where !needed.contains(key.scalar?.string ?? "") {
            throw file.error(
                key.mark?.line,
                "no output depends on the input \(key.quoted): leave it out, or name it by `from`.")
        }
    }

    /// The outputs by name: a list of layers, names for layers, or by default the last layer.
    private func outputs(
        _ node: Node?, last: String, check: (String, Int?) throws -> TensorType
    ) throws -> [String: String] {
        guard let node else { return [Network.outputName: last] }
        let pairs: [(Node, Node)] =
            node.mapping.map { $0.map { ($0.key, $0.value) } }
            ?? (node.sequence.map(Array.init) ?? [node]).map { ($0, $0) }
        var outputs: [String: String] = [:]
        for (name, layer) in pairs {
            guard let name = name.scalar?.string, let source = layer.scalar?.string else {
                throw file.error(
                    layer.mark?.line, "outputs has \(layer.quoted): give the name of a layer.")
            }
            _ = try check(source, layer.mark?.line)
            guard outputs.updateValue(source, forKey: name) == nil else {
                throw file.error(
                    layer.mark?.line, "the output \(name.excerpt) is listed twice: keep one.")
            }
        }
        guard !outputs.isEmpty else {
            throw file.error(node.mark?.line, "outputs is empty: name at least one layer.")
        }
        return outputs
    }
}
