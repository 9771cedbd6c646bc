import Foundation
import NNFiles
import NNGraph

/// What a file of weights says about the model they belong to, as JSON in its metadata.
///
///     {"inputShape": [784], "loss": "softmax-cross-entropy",
///      "model": {"type": "sequential", "layers": [{"type": "linear", "inputs": 784, …}, …]}}
public struct ModelDescription: Codable, Sendable {
    /// The key of the description in the metadata of a safetensors file.
    public static let metadataKey = "nngpu"

    /// The layers.
    public let model: Sequential
    /// The shape of one sample.
    public let inputShape: Shape
    /// What the model was trained to make small.
    public let loss: Loss

    /// Creates a description.
    public init(model: Sequential, inputShape: Shape, loss: Loss) {
        self.model = model
        self.inputShape = inputShape
        self.loss = loss
    }

    /// Reads the description from a file's metadata and checks that the file's weights fit it.
    ///
    /// - Parameters:
    ///   - file: What was read.
    ///   - ownLayers: Kinds of layers that may occur besides the ones of this module.
    /// - Throws: ``ModelError``.
    public init(of file: Safetensors, ownLayers: [any Layer.Type] = []) throws {
        guard let text = file.metadata[Self.metadataKey] else { throw ModelError.noDescription }
        try self.init(json: text, ownLayers: ownLayers)
        try ParameterLayout(of: model, inputShape: inputShape).check(file)
    }

    /// Reads a description that ``json()`` wrote.
    public init(json: String, ownLayers: [any Layer.Type] = []) throws {
        let decoder = JSONDecoder()
        if let key = CodingUserInfoKey.layerTypes {
            decoder.userInfo[key] = builtInLayers + ownLayers
        }
        do {
            self = try decoder.decode(Self.self, from: Data(json.utf8))
            try model.checkSize()
        } catch let error as DecodingError {
            throw ModelError.malformedDescription(error.sentence)
        }
    }

    /// The description as JSON, the same text for the same model.
    ///
    /// - Throws: ``ModelError`` for more layers than a description may have.
    public func json() throws -> String {
        try model.checkSize()
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    private enum CodingKeys: CodingKey { case model, inputShape, loss }

    /// Reads the three parts.
    public init(from decoder: any Decoder) throws {
        let object = try decoder.container(keyedBy: CodingKeys.self)
        model = try object.decode(Sequential.self, forKey: .model)
        inputShape = Shape(try object.decode([Int].self, forKey: .inputShape))
        loss = try object.decode(Loss.self, forKey: .loss)
    }

    /// Writes the three parts.
    public func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: CodingKeys.self)
        try object.encode(AnyLayer(layer: model), forKey: .model)
        try object.encode(inputShape.dimensions, forKey: .inputShape)
        try object.encode(loss, forKey: .loss)
    }
}

private let builtInLayers: [any Layer.Type] = [
    Sequential.self, Linear.self, Dropout.self, Sigmoid.self, Tanh.self, ReLU.self,
    LeakyReLU.self, GELU.self, Softplus.self, Softmax.self,
]

extension Sequential {
    private enum CodingKeys: CodingKey { case layers }

    /// Reads the layers, whose kinds the decoder must know.
    public init(from decoder: any Decoder) throws {
        let object = try decoder.container(keyedBy: CodingKeys.self)
        var list = try object.nestedUnkeyedContainer(forKey: .layers)
        // Before a list of any length is read: a level takes two keys of the path to it.
        guard list.codingPath.count / 2 <= Self.maximumDepth else {
            throw ModelError.nesting(limit: Self.maximumDepth)
        }
        guard list.count ?? 0 <= Self.maximumLayerCount else {
            throw ModelError.layerCount(limit: Self.maximumLayerCount)
        }
        var layers: [any Layer] = []
        while !list.isAtEnd { layers.append(try list.decode(AnyLayer.self).layer) }
        self.init(layers)
    }

    /// Writes the layers, each with the name of its kind.
    public func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: CodingKeys.self)
        try object.encode(layers.map(AnyLayer.init), forKey: .layers)
    }
}

/// A layer together with the name of its kind, in one JSON object.
private struct AnyLayer: Codable {
    let layer: any Layer

    private enum CodingKeys: CodingKey { case type }

    init(layer: any Layer) {
        self.layer = layer
    }

    init(from decoder: any Decoder) throws {
        let name = try decoder.container(keyedBy: CodingKeys.self).decode(
            String.self, forKey: .type)
        let given = CodingUserInfoKey.layerTypes.flatMap { decoder.userInfo[$0] }
        let known = given as? [any Layer.Type] ?? builtInLayers
        guard let type = known.first(where: { $0.typeName == name }) else {
            throw ModelError.unknownLayer(type: name, known: known.map { $0.typeName })
        }
        layer = try type.init(from: decoder)
    }

    func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: CodingKeys.self)
        try object.encode(type(of: layer).typeName, forKey: .type)
        try layer.encode(to: encoder)
    }
}

extension CodingUserInfoKey {
    /// The kinds of layers that a description may name.
    fileprivate static let layerTypes = CodingUserInfoKey(rawValue: "layerTypes")
}

extension DecodingError {
    /// What is wrong and where, without the decoder's own vocabulary.
    fileprivate var sentence: String {
        func place(_ path: [any CodingKey]) -> String {
            path.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
        }
        return switch self {
        case .keyNotFound(let key, let context):
            "\"\(place(context.codingPath + [key]))\" is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "\"\(place(context.codingPath))\" is not of the kind expected there"
        case .dataCorrupted(let context):
            context.codingPath.isEmpty
                ? "it is not JSON, or nested too deeply"
                : "\"\(place(context.codingPath))\" has no such value"
        @unknown default: "it cannot be read"
        }
    }
}
