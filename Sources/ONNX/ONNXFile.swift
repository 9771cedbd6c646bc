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
    /// What the metadata's keys for counts of batches begin with: no operator reads them, and other programs warn of what
    /// none reads.
    static let counterPrefix = "nngpu."
    /// The version of the format that came with that version of the operators.
    static let formatVersion: Int64 = 9

    /// The content of an ONNX file for a saved model.
    ///
    /// The same model gives the same bytes.
    ///
    /// - Parameters:
    ///   - saved: The weights with their description.
    ///   - probabilities: Whether outputs that are logits become probabilities, for programs that expect them.
    /// - Returns: The file's bytes.
    /// - Throws: ``NNTraining/ModelError`` for weights without a description or that do not fit it,
    ///   ``ONNXError`` for a layer of the caller's own or 2 GiB of weights.
    public static func encode(_ saved: Safetensors, probabilities: Bool = false) throws -> Data {
        let description = try ModelDescription(of: saved)
        let layout = try ParameterLayout(of: description.network)
        try checkSize(of: layout)
        var model = ModelProto()
        model.irVersion = formatVersion
        model.producerName = "nngpu"
        model.opsetImport = [.with { $0.version = operatorSet }]
        let weights = try layout.tensors(from: layout.values(from: saved))
        model.graph = try GraphWriter.graph(
            of: description.network, layout, weights: weights,
            probabilitiesFor: probabilities ? description.task : nil)
        var metadata = saved.metadata
        let written = Set(model.graph.initializer.map(\.name))
        for tensor in weights where tensor.shape.isEmpty && !written.contains(tensor.name) {
            metadata[counterPrefix + tensor.name] = "\(tensor.floats()[0])"
        }
        model.metadataProps = metadata.sorted { $0.key < $1.key }.map { key, value in
            .with { ($0.key, $0.value) = (key, value) }
        }
        return try model.serializedData()
    }

    /// Throws ``ONNXError`` for a model that cannot be written, before it has been trained for hours.
    public static func check(_ network: Network) throws {
        let layout = try ParameterLayout(of: network)
        try checkSize(of: layout)
        _ = try GraphWriter.graph(of: network, layout)
    }

    private static func checkSize(of layout: ParameterLayout) throws(ONNXError) {
        let size = 4 * (layout.count + layout.fixedCount)
        // Everything else is small: names, and the description, whose layers are counted in the weights.
        guard size <= Int(Int32.max) - 1 << 20 else { throw ONNXError(.tooLarge(bytes: size)) }
    }

    /// The saved model in an ONNX file's content, from any exporter.
    ///
    /// Nothing in the content is trusted. What it takes in memory are a few copies of its own bytes, at
    /// most a million messages, texts and integers, and at most a weight for each of its bytes.
    ///
    /// A softmax or a sigmoid at the end goes into the loss, so that the model's outputs are logits as those of every
    /// model here: unless `loss` compares numbers.
    ///
    /// - Parameters:
    ///   - content: The file's bytes; weights in a file beside it are only found by ``read(_:loss:)``.
    ///   - loss: What the model was trained to make small. If neither this nor the file says it, its last operator
    ///     does, or several outputs count as logits of classes and a single one as a number.
    /// - Returns: The weights by the names of a sequence of layers, or of a graph of them, with the model's
    ///   description.
    /// - Throws: ``ONNXError``, ``NNTraining/ModelError`` for layers that do not fit each other, or `GraphError` for
    ///   windows that do not fit their image.
    public static func decode(_ content: [UInt8], loss: (any Loss)? = nil) throws -> Safetensors {
        try decode(content, loss: loss, files: ExternalFiles(besides: nil))
    }

    /// The saved model in an ONNX file, see ``decode(_:loss:)``, with weights that it has beside it.
    ///
    /// - Throws: ``NNFiles/DataError`` also, for a file that cannot be read at all.
    public static func read(_ path: String, loss: (any Loss)? = nil) throws -> Safetensors {
        let content = try InputFile.read(path)
        do {
            return try decode(content, loss: loss, files: ExternalFiles(besides: path))
        } catch let error as ONNXError {
            throw ONNXError(error.reason, file: path)
        }
    }

    private static func decode(
        _ content: [UInt8], loss: (any Loss)?, files: ExternalFiles
    ) throws -> Safetensors {
        try WireScan.check(content)
        var options = BinaryDecodingOptions()
        options.discardUnknownFields = true
        let model: ModelProto
        do {
            model = try ModelProto(serializedBytes: content, options: options)
        } catch {
            throw ONNXError(.malformed)
        }
        var budget = WeightBudget(
            byteCount: content.count + files.byteCount(of: model.graph.initializer))
        var reader = try GraphReader(model, files: files)
        var graph = try reader.graph()
        var metadata = Dictionary(model.metadataProps.map { ($0.key, $0.value) }) { $1 }
        guard let text = metadata[ModelDescription.metadataKey] else {
            let meanings = graph.dropProbabilities { _ in loss?.meaning }
            var layers = try LayerGraph(graph, within: &budget)
            try layers.reshapeInputs()
            return try layers.saved(meaning: meanings, loss: loss, within: &budget)
        }
        let description = try ModelDescription(json: text)
        if let loss {
            metadata[ModelDescription.metadataKey] = try ModelDescription(
                description.network, task: TrainingTask(loss)
            ).json()
        }
        do {
            return try LayerGraph(graph, within: &budget).saved(
                as: description, metadata: metadata, within: &budget)
        } catch let error as ONNXError where error.reason == .descriptionDiffers {
            // As `encode` writes it for programs that expect probabilities.
            let objectives = description.task.objectives
            _ = graph.dropProbabilities { place in
                place < objectives.count ? objectives[place].loss.meaning : nil
            }
            return try LayerGraph(graph, within: &budget).saved(
                as: description, metadata: metadata, within: &budget)
        }
    }
}
