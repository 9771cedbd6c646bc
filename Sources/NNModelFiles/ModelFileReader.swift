import NNFiles
import NNGraph
import NNModel
import YAMLFiles
import Yams

/// Makes a network of what a model file says, and infers what each layer takes from what those before it give.
struct ModelFileReader {
    /// What a file looks like.
    static let form = "write `input:` and `layers:`, as `nngpu model mlp` does."

    private let file: YAMLFile
    /// The layers and branches so far: aliases of YAML may name any number of them.
    private var count = 0
    private var depth = 0

    init(_ file: YAMLFile) {
        self.file = file
    }

    // MARK: - The file

    /// The network that the file's outermost mapping describes.
    mutating func network(_ root: Node?) throws -> Network {
        guard let root, let mapping = root.mapping else {
            throw file.error(root?.mark?.line, "this is no model: \(Self.form)")
        }
        let known = ["input", "inputs", "layers", "outputs"]
        for (key, _) in mapping where !known.contains(key.scalar?.string ?? "") {
            let nearest = (key.scalar?.string ?? "").nearest(of: known) ?? ""
            throw file.error(
                key.mark?.line, "a model has no \(key.quoted); the nearest is \(nearest).")
        }
        let inputs = try self.inputs(mapping)
        guard let list = mapping["layers"] else {
            throw file.error(root.mark?.line, "the model has no layers: \(Self.form)")
        }
        let entries = try self.entries(list)
        if inputs.count == 1, mapping["outputs"] == nil, !entries.contains(where: \.isJoined) {
            let input = inputs[0]
            let sequence = try sequence(list, taking: input.type(batchSize: 1)).layer
            return Network(sequence, inputShape: input.shape, input.elementType)
        }
        return Network(
            try graph(entries, inputs, outputs: mapping["outputs"], at: list), inputs: inputs)
    }

    private func inputs(_ mapping: Node.Mapping) throws -> [ModelInput] {
        switch (mapping["input"], mapping["inputs"]) {
        case (let input?, nil): return [try self.input(Network.inputName, input)]
        case (nil, let inputs?):
            guard let named = inputs.mapping, !named.isEmpty else {
                throw file.error(
                    inputs.mark?.line,
                    "inputs is \(inputs.quoted): give names with shapes, such as "
                        + "`{image: [28, 28], place: [4]}`.")
            }
            return try named.map { try self.input($0.key.scalar?.string ?? "", $0.value) }
        case (nil, nil):
            throw file.error(
                nil,
                "the model does not say what goes in: write `input: [28, 28]`, the shape of a sample."
            )
        case (_?, let inputs?):
            throw file.error(
                inputs.mark?.line, "input and inputs both say what goes in: keep one of them.")
        }
    }

    private func input(_ name: String, _ node: Node) throws -> ModelInput {
        var (shape, type) = (node, ElementType.float)
        if let mapping = node.mapping {
            for (key, _) in mapping where !["shape", "type"].contains(key.scalar?.string ?? "") {
                throw file.error(
                    key.mark?.line, "an input has no \(key.quoted): give its shape and type.")
            }
            guard let given = mapping["shape"] else {
                throw file.error(
                    node.mark?.line,
                    "the input \(name.excerpt) lacks its shape: write "
                        + "`{shape: [32], type: int32}`.")
            }
            shape = given
            if let given = mapping["type"] {
                let known = [ElementType.float, .int32]
                guard let found = known.first(where: { $0.rawValue == given.scalar?.string }) else {
                    throw file.error(
                        given.mark?.line,
                        "the input \(name.excerpt) has the type \(given.quoted): give float or int32."
                    )
                }
                type = found
            }
        }
        let sizes = (shape.sequence.map(Array.init) ?? [shape]).map { Int($0.scalar?.string ?? "") }
        guard !sizes.isEmpty, sizes.allSatisfy({ ($0 ?? 0) >= 1 }) else {
            throw file.error(
                shape.mark?.line,
                "the input \(name.excerpt) has the shape \(shape.quoted): give sizes of at least 1, such as [1, 28, 28]."
            )
        }
        let input = ModelInput(name, Shape(sizes.compactMap(\.self)), type)
        do {
            try Network(Flatten(), inputShape: input.shape).check()
        } catch {
            throw file.error(shape.mark?.line, "\(error)")
        }
        return input
    }

    // MARK: - Lists of layers

    /// One entry of a list of layers.
    private struct Entry {
        let kind: LayerKind
        let value: Node?
        let name: String?
        /// The names that `from` gives; nil without it.
        let sources: [String]?
        let line: Int?

        /// Whether only a graph can have it.
        var isJoined: Bool { sources != nil || isJoint }
        /// Whether it is no layer.
        var isJoint: Bool { ["sum", "product", "concatenate", "like"].contains(kind.name) }
    }

    private mutating func entries(_ list: Node) throws -> [Entry] {
        guard let nodes = list.sequence, !nodes.isEmpty else {
            throw file.error(
                list.mark?.line,
                "layers is \(list.quoted): write one layer a line, each after a hyphen.")
        }
        return try nodes.map { try entry($0) }
    }

    private mutating func entry(_ node: Node) throws -> Entry {
        count += 1
        guard count <= ModelLimits.layerCount else {
            throw file.error(
                node.mark?.line, "\(ModelError.layerCount(limit: ModelLimits.layerCount))")
        }
        let line = node.mark?.line
        guard let mapping = node.mapping else {
            guard node.scalar != nil else {
                throw file.error(line, "\(node.quoted) is no layer: write `sequential:` in front.")
            }
            return Entry(kind: try kind(node), value: nil, name: nil, sources: nil, line: line)
        }
        var (name, sources, layer): (String?, [String]?, (kind: LayerKind, value: Node)?)
        for (key, value) in mapping {
            switch key.scalar?.string {
            case "name":
                guard let text = value.scalar?.string else {
                    throw file.error(value.mark?.line, "a name is \(value.quoted): give one word.")
                }
                name = text
            case "from":
                let nodes = value.sequence.map(Array.init) ?? [value]
                let texts = nodes.compactMap(\.scalar?.string)
                guard !texts.isEmpty, texts.count == nodes.count else {
                    throw file.error(
                        value.mark?.line,
                        "from is \(value.quoted): give the names of inputs or layers.")
                }
                sources = texts
            default:
                let kind = try kind(key)
                guard layer == nil else {
                    throw file.error(
                        key.mark?.line,
                        "\(layer?.kind.name ?? "") and \(kind.name) stand in one entry: begin each layer "
                            + "with a hyphen of its own.")
                }
                layer = (kind, value)
            }
        }
        guard let layer else {
            throw file.error(line, "the entry names no layer: write one, such as `linear: 10`.")
        }
        return Entry(
            kind: layer.kind, value: layer.value, name: name, sources: sources, line: line)
    }

    private func kind(_ node: Node) throws -> LayerKind {
        let name = node.scalar?.string ?? ""
        guard let kind = LayerKind.all.first(where: { $0.name == name }) else {
            let nearest = name.prefix(40).description.nearest(of: LayerKind.all.map(\.name)) ?? ""
            throw file.error(
                node.mark?.line,
                "there is no layer \(node.quoted); the nearest is \(nearest), and `nngpu model` lists all."
            )
        }
        return kind
    }

    /// The layers of a list one after the other, and the type of their result.
    mutating func sequence(
        _ list: Node, taking type: TensorType
    ) throws -> (layer: Sequential, type: TensorType) {
        let entries = try entries(list)
        var type = type
        let layers = try within(list) { reader in
            try entries.enumerated().map { place, entry in
                guard !entry.isJoined else {
                    throw reader.file.error(
                        entry.line,
                        "\(entry.sources == nil ? entry.kind.name : "from") joins layers by name: use it "
                            + "in the outermost list only.")
                }
                let layer = try reader.layer(entry, taking: type)
                type = try reader.result(
                    of: layer, named: entry.name ?? String(place), taking: type, at: entry.line)
                return layer
            }
        }
        return (try named(layers, entries, at: list), type)
    }

    /// The layers of a list beside each other: each entry is a layer, or a list of such in a row.
    mutating func branches(_ list: Node, taking type: TensorType) throws -> Sequential {
        guard let nodes = list.sequence, !nodes.isEmpty else {
            throw file.error(
                list.mark?.line, "branches is \(list.quoted): give a list of lists of layers.")
        }
        return Sequential(
            try within(list) { reader in
                try nodes.map { node in
                    guard node.sequence == nil else {
                        return try reader.sequence(node, taking: type).layer
                    }
                    return try reader.layer(reader.entry(node), taking: type)
                }
            })
    }

    private mutating func within<Result>(
        _ list: Node, _ body: (inout Self) throws -> Result
    ) throws -> Result {
        depth += 1
        defer { depth -= 1 }
        guard depth <= ModelLimits.depth else {
            throw file.error(list.mark?.line, "\(ModelError.nesting(limit: ModelLimits.depth))")
        }
        return try body(&self)
    }

    private func named(
        _ layers: [any Layer], _ entries: [Entry], at list: Node
    ) throws -> Sequential {
        guard entries.contains(where: { $0.name != nil }) else { return Sequential(layers) }
        let names = entries.enumerated().map { $1.name ?? String($0) }
        for (place, name) in names.enumerated() where names[..<place].contains(name) {
            throw file.error(
                entries[place].line,
                "two layers are called \(name.excerpt): give each a name of its own.")
        }
        return Sequential(layers, names: names)
    }

    // MARK: - Layers

    private mutating func layer(_ entry: Entry, taking type: TensorType) throws -> any Layer {
        let function = try function(of: entry, taking: type)
        guard case .layer(let layer) = function else {
            throw file.error(
                entry.line,
                "\(entry.kind.name) joins layers by name: use it in the outermost list only.")
        }
        return layer
    }

    private mutating func function(
        of entry: Entry, taking type: TensorType
    ) throws -> ModelGraph.Part.Function {
        let arguments = try LayerArguments(
            entry.value, of: entry.kind, in: file, line: entry.line)
        return try entry.kind.make(arguments, type, &self)
    }

    /// The type of what a layer makes of a batch of one sample.
    private func result(
        of layer: any Layer, named name: String, taking type: TensorType, at line: Int?
    ) throws -> TensorType {
        try told(at: line) {
            let x = try Tensor.input("x", type.shape, type.elementType)
            return try ForwardPass().apply(layer, named: name, to: x).type
        }
    }

    private func told<Result>(at line: Int?, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch {
            throw file.error(line, "\(error)")
        }
    }

    /// The number of features of what a layer takes.
    func featureCount(of type: TensorType, for options: LayerArguments) throws -> Int {
        guard type.shape.rank >= 2, let count = type.shape.dimensions.last else {
            throw file.error(
                options.line, "\(options.kind.name) takes features, and gets one number a sample.")
        }
        return count
    }

    // MARK: - Graphs

    private mutating func graph(
        _ entries: [Entry], _ inputs: [ModelInput], outputs: Node?, at list: Node
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
            guard entry.isJoint && entry.kind.name != "like" || sources.count == 1 else {
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
