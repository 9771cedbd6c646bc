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
        var file =
            isNumPy(path)
            ? try Safetensors(NumPyArchive(contentsOf: path))
            : try Safetensors(contentsOf: URL(fileURLWithPath: path))
        guard let loss else { return file }
        let given = try ModelDescription(of: file)
        file.metadata[ModelDescription.metadataKey] = try ModelDescription(
            model: given.model, inputShape: given.inputShape, loss: loss
        ).json()
        return file
    }

    /// Writes the weights, and the description where the format has a place for it, atomically.
    static func write(_ saved: Safetensors, to path: String) throws {
        let content =
            isONNX(path)
            ? try ONNXFile.encode(saved)
            : isNumPy(path)
                ? Data(try saved.encodedAsNumPyArchive(name: path)) : try saved.encoded()
        try AtomicFile.write(content, to: URL(fileURLWithPath: path))
    }

    private static func isONNX(_ path: String) -> Bool { path.hasSuffix(".onnx") }
    private static func isNumPy(_ path: String) -> Bool { path.hasSuffix(".npz") }
}
