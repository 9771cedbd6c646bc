import Foundation
import NNFiles
import NNGraph

/// Everything that a training needs to go on as if it had never been interrupted.
///
/// On disk it is a safetensors file, so any tool can look at the weights in it: the parameters and
/// the optimizer's states as flat vectors, and in the metadata the model, the ``Record`` and a
/// checksum over all of it, since the format itself would not notice a changed bit.
public struct Checkpoint: Sendable, Equatable {
    /// Where the training was, and what it was.
    public struct Record: Codable, Sendable, Equatable {
        /// The version of this description.
        public var formatVersion = 1
        /// The number of steps taken; epoch, order of the samples and random numbers follow from it
        /// and the seed.
        public var step: Int
        /// The step that the training was to end with; older checkpoints do not say it.
        public var lastStep: Int?
        /// What must be the same for the training to go on with the same bits, by name.
        public var settings: [String: String] = [:]
        /// What else a person may want to know, such as the command line, by name.
        public var notes: [String: String] = [:]
        /// What the classes of the data are called, by label, where that is known.
        public var classNames: [String]?
        /// The parameters that are not trained; older checkpoints say it in the settings alone.
        var frozen: [String]?
        /// The patterns of the parameters that form groups; older checkpoints do not say them.
        var groups: [String]?
        /// Sums over the samples of the epoch whose losses have been read.
        var epochSums = MetricSums()
        /// Sums over the samples since then.
        var unreadSums = MetricSums()
        /// The epoch of the smallest validation loss, where one is looked for.
        var best: Best?
        /// What was done about steps that were not finite.
        var recoveries: Recoveries?
        /// Where the training would go back to, if that is what it does about such steps.
        var snapshot: Place?
    }

    /// The smallest validation loss so far.
    struct Best: Codable, Equatable {
        let epoch: Int
        let loss: Double
    }

    /// What is known of a moment, besides the vectors, to go back to it.
    struct Place: Codable, Equatable {
        var step: Int
        var epochSums: MetricSums
        var unreadSums: MetricSums
    }

    /// The place and the settings.
    public let record: Record
    /// The parameters and what the optimizer keeps, each one vector [parameter count].
    public let tensors: [Safetensors.Tensor]
    /// The description of the model, as in a saved model.
    public let modelJSON: String

    /// The version that this code writes, and the only one that it reads.
    static let formatVersion = 1
    static let recordKey = "nngpu.training"
    static let checksumKey = "nngpu.checksum"

    init(record: Record, tensors: [Safetensors.Tensor], modelJSON: String) {
        self.record = record
        self.tensors = tensors
        self.modelJSON = modelJSON
    }

    /// Reads what ``encoded()`` wrote.
    ///
    /// - Throws: ``SafetensorsError`` or ``CheckpointError`` for a file that is damaged.
    public init(data: Data) throws {
        try self.init(Safetensors(data: data))
    }

    /// Takes what such a file holds.
    ///
    /// - Throws: ``CheckpointError`` for a file that is damaged.
    init(_ file: Safetensors) throws {
        guard let text = file.metadata[Self.recordKey],
            let modelJSON = file.metadata[ModelDescription.metadataKey],
            let checksum = file.metadata[Self.checksumKey]
        else { throw CheckpointError.notACheckpoint }
        guard checksum == Self.checksum(of: file.tensors, texts: [text, modelJSON]) else {
            throw CheckpointError.checksum
        }
        struct Version: Decodable { let formatVersion: Int }
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .nonFinite
        guard let version = try? decoder.decode(Version.self, from: Data(text.utf8)) else {
            throw CheckpointError.notACheckpoint
        }
        guard version.formatVersion == Self.formatVersion else {
            throw CheckpointError.version(version.formatVersion)
        }
        guard let record = try? decoder.decode(Record.self, from: Data(text.utf8)),
            record.isPossible
        else { throw CheckpointError.notACheckpoint }
        self.init(record: record, tensors: file.tensors, modelJSON: modelJSON)
    }

    /// The content of the file.
    public func encoded() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .nonFinite
        let text = String(decoding: try encoder.encode(record), as: UTF8.self)
        return try Safetensors(
            tensors,
            metadata: [
                Self.recordKey: text, ModelDescription.metadataKey: modelJSON,
                Self.checksumKey: Self.checksum(of: tensors, texts: [text, modelJSON]),
            ]
        ).encoded()
    }

    /// The vector of that name with so many floating-point numbers.
    func tensor(named name: String, count: Int) throws(CheckpointError) -> Safetensors.Tensor {
        guard let tensor = tensors.first(where: { $0.name == name }), tensor.shape == [count],
            tensor.elementType == .float32 || tensor.elementType == .float64
        else { throw .part(name) }
        return tensor
    }

    /// Sums of the record, of which the task has so many.
    func sums(
        _ path: KeyPath<Record, MetricSums>, of count: Int
    ) throws(CheckpointError) -> MetricSums {
        guard let sums = record[keyPath: path].resized(to: count) else { throw .part("sums") }
        return sums
    }

    /// CRC-32 over the texts, and the names and bytes of the tensors by falling name.
    static func checksum(of tensors: [Safetensors.Tensor], texts: [String]) -> String {
        var crc = CRC32()
        for text in texts { crc.add(Data(text.utf8)) }
        for tensor in tensors.sorted(by: { $0.name > $1.name }) {
            crc.add(Data("\(tensor.name) \(tensor.shape) \(tensor.elementType)".utf8))
            crc.add(tensor.bytes)
        }
        return crc.text
    }
}

extension Checkpoint.Record {
    /// Whether a training can have counted so far: what goes on counts further.
    fileprivate var isPossible: Bool {
        let counts = [
            step, epochSums.count, unreadSums.count, best?.epoch, recoveries?.skippedSteps,
            recoveries?.rollbacks, lastStep, snapshot?.step, snapshot?.epochSums.count,
            snapshot?.unreadSums.count,
        ]
        return counts.allSatisfy { (0...1 << 53).contains($0 ?? 0) }
    }
}

extension JSONEncoder.NonConformingFloatEncodingStrategy {
    fileprivate static var nonFinite: Self {
        .convertToString(positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    }
}

extension JSONDecoder.NonConformingFloatDecodingStrategy {
    fileprivate static var nonFinite: Self {
        .convertFromString(positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    }
}
