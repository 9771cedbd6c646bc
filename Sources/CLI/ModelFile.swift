import Foundation
import NNGPU
import ONNX

/// A saved model in any of the formats that the tool reads, told apart by the name's ending.
enum ModelFile {
    /// The weights in the file, with a description of their model where the file has one.
    ///
    /// If `loss` is given, it takes the place of what the description says.
    static func read(_ path: String, loss: Loss? = nil) throws -> Safetensors {
        guard !isONNX(path) else { return try ONNXFile.read(path, loss: loss) }
        var file = try Safetensors(contentsOf: URL(fileURLWithPath: path))
        guard let loss else { return file }
        let given = try ModelDescription(of: file)
        file.metadata[ModelDescription.metadataKey] = try ModelDescription(
            model: given.model, inputShape: given.inputShape, loss: loss
        ).json()
        return file
    }

    /// Writes weights and description, atomically.
    static func write(_ saved: Safetensors, to path: String) throws {
        let url = URL(fileURLWithPath: path)
        guard isONNX(path) else { return try saved.write(to: url) }
        try AtomicFile.write(ONNXFile.encode(saved), to: url)
    }

    private static func isONNX(_ path: String) -> Bool { path.hasSuffix(".onnx") }
}
