import Foundation
import NNFiles
import NNModel
import NNTraining
import SwiftProtobuf

/// Saved models in the ONNX format, both ways.
///
/// A saved model is a set of weights with a description (``NNTraining/ModelDescription``). What ONNX
/// keeps of it is the function that it computes outside of training, from features [batch, …] to
/// the last layer's outputs [batch, …]; the description travels in the metadata, so that a file that
/// was written here is read back exactly.
public enum ONNXFile {
    /// The version of the standard operators in files that are written: the first that has GELU.
    public static let operatorSet: Int64 = 20
    /// The version of the format that came with that version of the operators.
    static let formatVersion: Int64 = 9

    /// The content of an ONNX file for a saved model.
    ///
    /// The same model gives the same bytes.
    ///
    /// - Throws: ``NNTraining/ModelError`` for weights without a description or that do not fit it,
    ///   ``ONNXError`` for a layer of the caller's own or 2 GiB of weights.
    public static func encode(_ saved: Safetensors) throws -> Data {
        let description = try ModelDescription(of: saved)
        let layout = try ParameterLayout(of: description.network)
        let functions = try functions(of: description.network, layout)
        var model = ModelProto()
        model.irVersion = formatVersion
        model.producerName = "nngpu"
        model.opsetImport = [.with { $0.version = operatorSet }]
        model.metadataProps = saved.metadata.sorted { $0.key < $1.key }.map { key, value in
            .with { ($0.key, $0.value) = (key, value) }
        }
        model.graph = try GraphWriter(
            functions: functions,
            inputShape: description.network.inputShape,
            preparation: description.network.inputs[0].preparation,
            outputShape: layout.outputShape,
            parameters: layout.tensors(from: layout.values(from: saved))
        ).graph()
        return try model.serializedData()
    }

    /// Throws ``ONNXError`` for a model that cannot be written, before it has been trained for hours.
    public static func check(_ network: Network) throws {
        _ = try functions(of: network, ParameterLayout(of: network))
    }

    private static func functions(
        of network: Network, _ layout: ParameterLayout
    ) throws -> [PlacedFunction] {
        guard network.inputs.allSatisfy({ $0.preparation?.fill == nil }) else {
            throw ONNXError(.missingValues)
        }
        let size = 4 * (layout.count + layout.fixedCount)
        // Everything else is small: names, and the description, whose layers are counted in the weights.
        guard size <= Int(Int32.max) - 1 << 20 else { throw ONNXError(.tooLarge(bytes: size)) }
        return try network.placedFunctions()
    }

    /// The saved model in an ONNX file's content, from any exporter.
    ///
    /// Nothing in the content is trusted. What it takes in memory are a few copies of its own bytes, at
    /// most a million messages, texts and integers, and at most twice its size of weights.
    ///
    /// - Parameters:
    ///   - content: The file's bytes.
    ///   - loss: What the model was trained to make small. If neither this nor the file says it, several
    ///     outputs count as logits of classes and a single one as a number.
    /// - Returns: The weights by the names of a sequence of layers, with the model's description.
    /// - Throws: ``ONNXError``, or ``NNTraining/ModelError`` for layers that do not fit each other.
    public static func decode(_ content: [UInt8], loss: (any Loss)? = nil) throws -> Safetensors {
        try WireScan.check(content)
        var options = BinaryDecodingOptions()
        options.discardUnknownFields = true
        let model: ModelProto
        do {
            model = try ModelProto(serializedBytes: content, options: options)
        } catch {
            throw ONNXError(.malformed)
        }
        var reader = try GraphReader(model, byteCount: content.count)
        let chain = try reader.chain()
        var metadata = Dictionary(model.metadataProps.map { ($0.key, $0.value) }) { $1 }
        guard let text = metadata[ModelDescription.metadataKey] else {
            return try chain.saved(loss: loss)
        }
        let description = try ModelDescription(json: text)
        if let loss {
            metadata[ModelDescription.metadataKey] = try ModelDescription(
                description.network, task: TrainingTask(loss)
            ).json()
        }
        return try chain.saved(as: description, metadata: metadata)
    }

    /// The saved model in an ONNX file, see ``decode(_:loss:)``.
    ///
    /// - Throws: ``NNFiles/DataError`` also, for a file that cannot be read at all.
    public static func read(_ path: String, loss: (any Loss)? = nil) throws -> Safetensors {
        let content = try InputFile.read(path)
        do {
            return try decode(content, loss: loss)
        } catch let error as ONNXError {
            throw ONNXError(error.reason, file: path)
        }
    }
}
