import Foundation
import NNFiles

/// A layer or a model together with the name of its kind, in one object of JSON.
package struct NamedPart: Codable {
    package let part: any ModelPart

    private enum CodingKeys: CodingKey { case type }

    package init(_ part: any ModelPart) {
        self.part = part
    }

    package init(from decoder: any Decoder) throws {
        let name = try decoder.container(keyedBy: CodingKeys.self).decode(
            String.self, forKey: .type)
        let known = decoder.partTypes
        guard let type = known.first(where: { $0.typeName == name }) else {
            throw ModelError.unknownLayer(type: name, known: known.map { $0.typeName })
        }
        part = try type.init(from: decoder)
    }

    package func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: CodingKeys.self)
        try object.encode(type(of: part).typeName, forKey: .type)
        try part.encode(to: encoder)
    }
}

private let builtInParts: [any ModelPart.Type] = [
    Sequential.self, Linear.self, Dropout.self, Sigmoid.self, Tanh.self, ReLU.self,
    LeakyReLU.self, GELU.self, Softplus.self, Softmax.self, Flatten.self, LayerNorm.self,
    Embedding.self, Residual.self, Parallel.self, ModelGraph.self, Conv1d.self, Conv2d.self,
    MaxPool1d.self, MaxPool2d.self, AvgPool1d.self, AvgPool2d.self, AdaptiveAvgPool1d.self,
    AdaptiveAvgPool2d.self, BatchNorm.self, ConvTranspose2d.self, Upsample.self, Dropout2d.self,
    GroupNorm.self, InstanceNorm.self, RMSNorm.self, SiLU.self,
    Mish.self, Hardswish.self, ELU.self, ReLU6.self, PReLU.self, LearnedPositions.self,
    MultiHeadAttention.self, SwiGLU.self, TiedLinear.self, GPT2Block.self,
]

extension Decoder {
    /// The kinds that a description may name.
    fileprivate var partTypes: [any ModelPart.Type] {
        let given = CodingUserInfoKey.partTypes.flatMap { userInfo[$0] }
        return given as? [any ModelPart.Type] ?? builtInParts
    }
}

extension JSONDecoder {
    /// Lets descriptions name kinds besides the ones of this module.
    package func allow(_ ownParts: [any ModelPart.Type]) {
        if let key = CodingUserInfoKey.partTypes { userInfo[key] = builtInParts + ownParts }
    }
}

extension CodingUserInfoKey {
    fileprivate static let partTypes = CodingUserInfoKey(rawValue: "partTypes")
}

extension Sequential: LayerContainer {}

extension Sequential {
    private enum CodingKeys: CodingKey { case layers, names }

    /// Reads the layers, whose kinds the decoder must know, and their names if they have any.
    public init(from decoder: any Decoder) throws {
        let object = try decoder.container(keyedBy: CodingKeys.self)
        var list = try object.nestedUnkeyedContainer(forKey: .layers)
        // Before a list of any length is read: a level takes two keys of the path to it.
        guard list.codingPath.count / 2 <= ModelLimits.depth else {
            throw ModelError.nesting(limit: ModelLimits.depth)
        }
        guard list.count ?? 0 <= ModelLimits.layerCount else {
            throw ModelError.layerCount(limit: ModelLimits.layerCount)
        }
        var layers: [any Layer] = []
        while !list.isAtEnd {
            let part = try list.decode(NamedPart.self).part
            guard let layer = part as? any Layer else {
                throw ModelError.notALayer(type: type(of: part).typeName)
            }
            layers.append(layer)
        }
        guard let names = try object.decodeIfPresent([String].self, forKey: .names) else {
            self.init(layers)
            return
        }
        guard names.count == layers.count else {
            throw DecodingError.dataCorruptedError(
                forKey: .names, in: object, debugDescription: "not a name for each layer")
        }
        self.init(layers, names: names)
    }

    /// Writes the layers, each with the name of its kind, and their names if these are not their places.
    public func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: CodingKeys.self)
        try object.encode(layers.map { NamedPart($0) }, forKey: .layers)
        if names != layers.indices.map(String.init) { try object.encode(names, forKey: .names) }
    }
}
