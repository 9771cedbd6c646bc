import Foundation
import NNGraph

/// A loss as saved models name it: the name of its kind, or an object with the name and the options that are not
/// the usual ones.
package struct NamedLoss: Codable {
    package let loss: any Loss

    private enum CodingKeys: CodingKey { case type, meaning }

    package init(_ loss: any Loss) {
        self.loss = loss
    }

    private static let builtIn: [any Loss.Type] = [
        CrossEntropy.self, BinaryCrossEntropy.self, MeanSquaredError.self, MeanAbsoluteError.self,
        Huber.self,
    ]

    package init(from decoder: any Decoder) throws {
        if let name = try? decoder.singleValueContainer().decode(String.self) {
            guard let known = LossName(rawValue: name) else {
                throw DecodingError.dataCorrupted(
                    DecodingError.Context(
                        codingPath: decoder.codingPath, debugDescription: "no loss"))
            }
            loss = known.loss
            return
        }
        let object = try decoder.container(keyedBy: CodingKeys.self)
        let name = try object.decode(String.self, forKey: .type)
        let own = CodingUserInfoKey.lossTypes.flatMap { decoder.userInfo[$0] }
        let known = Self.builtIn + (own as? [any Loss.Type] ?? [])
        if let type = known.first(where: { $0.typeName == name }) {
            loss = try type.init(from: decoder)
        } else {
            loss = UnknownLoss(
                name: name,
                meaning: try object.decodeIfPresent(OutputMeaning.self, forKey: .meaning)
                    ?? .numbers)
        }
    }

    package func encode(to encoder: any Encoder) throws {
        let name = (loss as? UnknownLoss)?.name ?? type(of: loss).typeName
        if let usual = LossName(rawValue: name)?.loss, try usual.json() == loss.json() {
            var container = encoder.singleValueContainer()
            try container.encode(name)
            return
        }
        var object = encoder.container(keyedBy: CodingKeys.self)
        try object.encode(name, forKey: .type)
        try object.encode(loss.meaning, forKey: .meaning)
        if !(loss is UnknownLoss) { try loss.encode(to: encoder) }
    }
}

extension Loss {
    fileprivate func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return try encoder.encode(self)
    }
}

extension JSONDecoder {
    /// Lets descriptions name losses besides the ones of this module.
    func allow(_ ownLosses: [any Loss.Type]) {
        if let key = CodingUserInfoKey.lossTypes { userInfo[key] = ownLosses }
    }
}

extension CodingUserInfoKey {
    fileprivate static let lossTypes = CodingUserInfoKey(rawValue: "lossTypes")
}

/// A loss that a saved model names and nobody here knows: the model can be applied, and not trained or judged.
private struct UnknownLoss: Loss {
    static let typeName = "unknown"
    let name: String
    let meaning: OutputMeaning

    func terms(_ outputs: Tensor, _ targets: Tensor) throws -> LossTerms {
        throw LossError.unknown(name)
    }

    func targetType(for outputs: Shape) throws -> TensorType { throw LossError.unknown(name) }
}
