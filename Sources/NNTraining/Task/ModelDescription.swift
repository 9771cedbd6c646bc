import Foundation
import NNFiles
import NNGraph
import NNModel

/// What a file of weights says about the model they belong to, as JSON in its metadata.
///
///     {"inputShape": [784], "loss": "softmax-cross-entropy",
///      "model": {"type": "sequential", "layers": [{"type": "linear", "inputs": 784, …}, …]}}
///
/// An input that is looked up has `"inputType": "int32"` beside its shape, and one whose numbers are prepared a
/// `preparation` with `shift`, `factor` and `axis`. Where the samples of which it takes a row have another shape, that is
/// `"sampleShape": [28, 28]`, and where images are brought to its size, there is `"resizesImages": true`. What its numbers
/// are called in tables is `"columns": ["age", "height"]`, and how a text becomes its tokens
/// `"tokenizer": {"kind": "bytes"}`. A model with several inputs has `inputs`, a list of objects with
/// `name`, `shape`, `type` and the same keys, in place of all these, and one with several objectives `objectives`, a list
/// of objects with `output`, `target`, `loss` and `weight`, in place of `loss`.
public struct ModelDescription: Codable, Sendable {
    /// The key of the description in the metadata of a safetensors file.
    public static let metadataKey = "nngpu"

    /// The model.
    public let network: Network
    /// What it was trained for.
    public let task: TrainingTask

    /// Describes a model and what it is trained for.
    public init(_ network: Network, task: TrainingTask) {
        self.network = network
        self.task = task
    }

    /// Describes a layer that takes samples of the given shape, and its loss.
    public init(model: some Layer, inputShape: Shape, loss: some Loss) {
        self.init(Network(model, inputShape: inputShape), task: TrainingTask(loss))
    }

    /// Reads the description from a file's metadata and checks that the file's weights fit it.
    ///
    /// - Parameters:
    ///   - file: What was read.
    ///   - ownParts: Kinds of layers and models that may occur besides the ones of this package.
    ///   - ownLosses: Kinds of losses that may occur besides those.
    /// - Throws: ``ModelError``.
    public init(
        of file: Safetensors, ownParts: [any ModelPart.Type] = [],
        ownLosses: [any Loss.Type] = []
    ) throws {
        guard let text = file.metadata[Self.metadataKey] else { throw ModelError.noDescription }
        try self.init(json: text, ownParts: ownParts, ownLosses: ownLosses)
        try ParameterLayout(of: network).check(file)
    }

    /// Reads a description that ``json()`` wrote.
    public init(
        json: String, ownParts: [any ModelPart.Type] = [], ownLosses: [any Loss.Type] = []
    ) throws {
        let decoder = JSONDecoder()
        decoder.allow(ownParts)
        decoder.allow(ownLosses)
        do {
            self = try decoder.decode(Self.self, from: Data(json.utf8))
            try network.checkSize()
        } catch let error as DecodingError {
            throw ModelError.malformedDescription(error.sentence)
        }
    }

    /// The description as JSON, the same text for the same model.
    ///
    /// - Throws: ``ModelError`` for more layers than a description may have.
    public func json() throws -> String {
        try network.checkSize()
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    private enum CodingKeys: CodingKey {
        case model, inputShape, inputType, preparation, sampleShape, resizesImages, columns
        case tokenizer, inputs
        case loss, objectives
    }

    private struct CodedInput: Codable {
        let name: String
        let shape: [Int]
        let type: String
        let preparation: Preparation?
        let sampleShape: [Int]?
        let resizesImages: Bool?
        let columns: [String]?
        let tokenizer: Tokenizer?

        /// Leaves out what goes without saying.
        init(_ input: ModelInput) {
            name = input.name
            shape = input.shape.dimensions
            type = input.elementType.rawValue
            preparation = input.preparation
            sampleShape =
                input.sampleShape == input.shape ? nil : input.sampleShape.dimensions
            resizesImages = input.resizesImages ? true : nil
            columns = input.columns
            tokenizer = input.tokenizer
        }

        init(
            _ object: KeyedDecodingContainer<ModelDescription.CodingKeys>
        ) throws {
            name = Network.inputName
            shape = try object.decode([Int].self, forKey: .inputShape)
            type = try object.decodeIfPresent(String.self, forKey: .inputType) ?? "float"
            preparation = try object.decodeIfPresent(Preparation.self, forKey: .preparation)
            sampleShape = try object.decodeIfPresent([Int].self, forKey: .sampleShape)
            resizesImages = try object.decodeIfPresent(Bool.self, forKey: .resizesImages)
            columns = try object.decodeIfPresent([String].self, forKey: .columns)
            tokenizer = try object.decodeIfPresent(Tokenizer.self, forKey: .tokenizer)
        }

        func input() throws -> ModelInput {
            guard let elementType = ElementType(rawValue: type) else {
                throw ModelError.malformedDescription("an input has the unknown type \(type)")
            }
            if let sampleShape {
                guard sampleShape.allSatisfy({ $0 > 0 }), sampleShape.count <= 8,
                    sampleShape.checkedProduct == shape.checkedProduct
                else {
                    throw ModelError.malformedDescription(
                        "\"sampleShape\" has not as many numbers as the input")
                }
            }
            if let columns {
                guard columns.count == shape.checkedProduct, Set(columns).count == columns.count
                else {
                    throw ModelError.malformedDescription(
                        "\"columns\" does not name each number of the input")
                }
            }
            return ModelInput(
                name, Shape(shape), elementType, preparation: preparation,
                sampleShape: sampleShape.map { Shape($0) }, resizesImages: resizesImages ?? false,
                columns: columns, tokenizer: tokenizer)
        }
    }

    private struct CodedObjective: Codable {
        let output: String
        let target: String
        let loss: NamedLoss
        let weight: Double
    }

    /// Reads the model, its inputs and its objectives.
    public init(from decoder: any Decoder) throws {
        let object = try decoder.container(keyedBy: CodingKeys.self)
        let part = try object.decode(NamedPart.self, forKey: .model).part
        switch part {
        case let layer as any Layer:
            network = Network(body: .layer(layer), inputs: [try CodedInput(object).input()])
        case let model as any Model:
            network = Network(
                model,
                inputs: try object.decode([CodedInput].self, forKey: .inputs).map {
                    try $0.input()
                })
        default: throw ModelError.notALayer(type: Swift.type(of: part).typeName)
        }
        if let objectives = try object.decodeIfPresent(
            [CodedObjective].self, forKey: .objectives)
        {
            guard !objectives.isEmpty else {
                throw ModelError.malformedDescription("\"objectives\" is empty")
            }
            task = TrainingTask(
                objectives.map {
                    Objective(
                        output: $0.output, target: $0.target, loss: $0.loss.loss,
                        weight: $0.weight)
                })
        } else {
            task = TrainingTask(try object.decode(NamedLoss.self, forKey: .loss).loss)
        }
    }

    /// Writes the model, its inputs and its objectives.
    public func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: CodingKeys.self)
        switch network.body {
        case .layer(let layer):
            try object.encode(NamedPart(layer), forKey: .model)
            let input = CodedInput(network.inputs[0])
            try object.encode(input.shape, forKey: .inputShape)
            if network.inputs[0].elementType != .float {
                try object.encode(input.type, forKey: .inputType)
            }
            try object.encodeIfPresent(input.preparation, forKey: .preparation)
            try object.encodeIfPresent(input.sampleShape, forKey: .sampleShape)
            try object.encodeIfPresent(input.resizesImages, forKey: .resizesImages)
            try object.encodeIfPresent(input.columns, forKey: .columns)
            try object.encodeIfPresent(input.tokenizer, forKey: .tokenizer)
        case .model(let model):
            try object.encode(NamedPart(model), forKey: .model)
            try object.encode(network.inputs.map { CodedInput($0) }, forKey: .inputs)
        }
        let first = task.objectives[0]
        if task.objectives.count == 1, first.output == Network.outputName,
            first.target == Objective.targetName, first.weight == 1
        {
            try object.encode(NamedLoss(first.loss), forKey: .loss)
        } else {
            try object.encode(
                task.objectives.map {
                    CodedObjective(
                        output: $0.output, target: $0.target, loss: NamedLoss($0.loss),
                        weight: $0.weight)
                }, forKey: .objectives)
        }
    }
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
