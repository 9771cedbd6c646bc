import NNFiles
import NNGraph

/// A model of parts that take inputs or the results of earlier parts, as a model file declares it.
///
///     ModelGraph([
///         .init("trunk", Sequential { Linear(16, 32); ReLU() }, of: "features"),
///         .init("both", .concatenation(axis: 1), of: ["trunk", "place"]),
///         .init("kind", Linear(36, 4), of: "both"),
///         .init("size", Linear(36, 1), of: "both"),
///     ], outputs: ["kind": "kind", "size": "size"])
///
/// In Swift, a ``Model`` of one's own says the same in plainer words.
public struct ModelGraph: Model {
    /// What the model is called in a saved model.
    public static let typeName = "graph"

    /// One part of the model.
    public struct Part: Sendable {
        /// What a part does.
        public enum Function: Sendable {
            /// Calls a layer.
            case layer(any Layer)
            /// Calls the layer of an earlier part once more, with the same parameters.
            case shared(String)
            /// Makes one tensor of several.
            case merge(Merge)
        }

        /// What it is called; its parameters' names begin so.
        public let name: String
        /// What it does.
        public let function: Function
        /// The names of the inputs and parts that it takes.
        public let sources: [String]

        /// A part of any kind.
        public init(_ name: String, _ function: Function, of sources: [String]) {
            self.name = name
            self.function = function
            self.sources = sources
        }

        /// Calls a layer.
        public init(_ name: String, _ layer: any Layer, of source: String) {
            self.init(name, .layer(layer), of: [source])
        }

        /// Makes one tensor of several.
        public init(_ name: String, _ merge: Merge, of sources: [String]) {
            self.init(name, .merge(merge), of: sources)
        }
    }

    /// The parts, each after those that it takes.
    public let parts: [Part]
    /// The part that gives each output, by the output's name.
    public let outputs: [String: String]

    /// Joins parts; what does not fit together is said when the model is built.
    public init(_ parts: [Part], outputs: [String: String]) {
        self.parts = parts
        self.outputs = outputs
    }

    /// The outputs.
    ///
    /// - Throws: ``ModelError/unknownSource(part:source:known:)``, ``ModelError/layerName(_:)`` and what the layers
    ///   throw.
    public func callAsFunction(
        _ inputs: NamedTensors, in pass: ForwardPass
    ) throws -> NamedTensors {
        var known = try Dictionary(
            uniqueKeysWithValues: inputs.names.map { ($0, try inputs[$0]) })
        var layers: [String: any Layer] = [:]
        func find(_ name: String, for part: String) throws -> Tensor {
            guard let tensor = known[name] else {
                throw ModelError.unknownSource(
                    part: part, source: name, known: known.keys.sorted())
            }
            return tensor
        }
        for part in parts {
            guard known[part.name] == nil else { throw ModelError.layerName(part.name) }
            let sources = try part.sources.map { try find($0, for: part.name) }
            switch part.function {
            case .merge(let merge): known[part.name] = try merge(sources, in: pass)
            case .layer(let layer):
                layers[part.name] = layer
                known[part.name] = try call(layer, named: part.name, of: sources, in: pass)
            case .shared(let name):
                guard let layer = layers[name] else {
                    throw ModelError.unknownSource(
                        part: part.name, source: name, known: layers.keys.sorted())
                }
                known[part.name] = try call(layer, named: name, of: sources, in: pass)
            }
        }
        return NamedTensors(
            try outputs.mapValues { try find($0, for: "The list of outputs") })
    }

    private func call(
        _ layer: any Layer, named name: String, of sources: [Tensor], in pass: ForwardPass
    ) throws -> Tensor {
        guard let source = sources.first, sources.count == 1 else {
            throw ModelError.option(
                layer: name, name: "number of sources", value: "\(sources.count)", expected: "one")
        }
        return try pass.apply(layer, named: name, to: source)
    }
}

extension ModelGraph: LayerContainer {
    /// The layers of its parts.
    var layers: [any Layer] {
        parts.compactMap { if case .layer(let layer) = $0.function { layer } else { nil } }
    }
}

extension ModelGraph.Part: Codable {
    private enum CodingKeys: String, CodingKey {
        case name, layer, shared, merge
        case sources = "of"
    }

    /// Reads one of a layer, the name of a part to share, or how to merge.
    public init(from decoder: any Decoder) throws {
        let object = try decoder.container(keyedBy: CodingKeys.self)
        name = try object.decode(String.self, forKey: .name)
        sources = try object.decode([String].self, forKey: .sources)
        if let merge = try object.decodeIfPresent(Merge.self, forKey: .merge) {
            function = .merge(merge)
        } else if let shared = try object.decodeIfPresent(String.self, forKey: .shared) {
            function = .shared(shared)
        } else {
            let part = try object.decode(NamedPart.self, forKey: .layer).part
            guard let layer = part as? any Layer else {
                throw ModelError.notALayer(type: type(of: part).typeName)
            }
            function = .layer(layer)
        }
    }

    /// Writes the same.
    public func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: CodingKeys.self)
        try object.encode(name, forKey: .name)
        try object.encode(sources, forKey: .sources)
        switch function {
        case .layer(let layer): try object.encode(NamedPart(layer), forKey: .layer)
        case .shared(let name): try object.encode(name, forKey: .shared)
        case .merge(let merge): try object.encode(merge, forKey: .merge)
        }
    }
}
