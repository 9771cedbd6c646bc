import NNFiles
import NNGraph
import NNModel
import YAMLFiles
import Yams

// MARK: - Lists of layers

extension ModelFileReader {
    /// One entry of a list of layers.
    struct Entry {
        let kind: LayerKind
        let value: Node?
        let name: String?
        /// The names that `from` gives; nil without it.
        let sources: [String]?
        let line: Int?

        /// Whether only a graph can have it.
        var isJoined: Bool { sources != nil || kind.role != .layer }

        /// What a list stands for where a layer is meant.
        static func sequence(_ list: Node) -> Entry {
            Entry(kind: .sequence, value: list, name: nil, sources: nil, line: list.mark?.line)
        }
    }

    mutating func entries(_ list: Node) throws -> [Entry] {
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

    /// The layers of a list one after the other.
    mutating func sequence(_ list: Node, taking type: TensorType) throws -> Sequential {
        try sequence(of: entries(list), in: list, taking: type)
    }

    /// The same for entries that have been read.
    mutating func sequence(
        of entries: [Entry], in list: Node, taking type: TensorType
    ) throws -> Sequential {
        var type = type
        let layers = try within(list) { reader in
            try entries.enumerated().map { place, entry in
                let layer = try reader.layer(entry, taking: type)
                type = try reader.result(
                    of: layer, named: entry.name ?? String(place), taking: type, at: entry.line)
                return layer
            }
        }
        return try named(layers, entries)
    }

    /// The layers of a list beside each other: each entry is a layer, or a list of such in a row.
    mutating func branches(_ list: Node, taking type: TensorType) throws -> Sequential {
        guard let nodes = list.sequence, !nodes.isEmpty else {
            throw file.error(
                list.mark?.line, "branches is \(list.quoted): give a list of lists of layers.")
        }
        var entries: [Entry] = []
        let layers = try within(list) { reader in
            try nodes.map { node in
                // A bare list is a sequence without a name.
                let entry = try node.sequence == nil ? reader.entry(node) : .sequence(node)
                entries.append(entry)
                return try reader.layer(entry, taking: type)
            }
        }
        return try named(layers, entries)
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

    private func named(_ layers: [any Layer], _ entries: [Entry]) throws -> Sequential {
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
        guard !entry.isJoined, case .layer(let layer) = try function(of: entry, taking: type) else {
            throw file.error(
                entry.line,
                "\(entry.sources == nil ? entry.kind.name : "from") joins layers by name: use it in the "
                    + "outermost list only.")
        }
        return layer
    }

    mutating func function(
        of entry: Entry, taking type: TensorType
    ) throws -> ModelGraph.Part.Function {
        let arguments = try LayerArguments(
            entry.value, of: entry.kind, in: file, line: entry.line)
        return try entry.kind.make(arguments, type, &self)
    }

    /// The type of what a layer makes of a batch of one sample.
    func result(
        of layer: any Layer, named name: String, taking type: TensorType, at line: Int?
    ) throws -> TensorType {
        try told(at: line) {
            let x = try Tensor.input("x", type.shape, type.elementType)
            return try ForwardPass.ofOneLayer().apply(layer, named: name, to: x).type
        }
    }

    func told<Result>(at line: Int?, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch {
            throw file.error(line, "\(error)")
        }
    }

    /// The number of features of what a layer takes.
    func channelCount(of type: TensorType, for options: LayerArguments) throws -> Int {
        guard type.shape.rank >= 2 else {
            throw file.error(
                options.line,
                "\(options.kind.name) takes channels and gets a single number for each sample.")
        }
        return type.shape[1]
    }

    func featureCount(of type: TensorType, for options: LayerArguments) throws -> Int {
        guard type.shape.rank >= 2, let count = type.shape.dimensions.last else {
            throw file.error(
                options.line, "\(options.kind.name) takes features, and gets one number a sample.")
        }
        return count
    }
}
