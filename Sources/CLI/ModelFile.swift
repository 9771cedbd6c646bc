import ArgumentParser
import Foundation
import NNGPU
import ONNX

/// A saved model in any of the formats that the tool reads, told apart by the name's ending.
enum ModelFile {
    /// The weights in the file, with a description of their model where the file has one.
    ///
    /// If `loss` is given, it takes the place of what the description says.
    static func read(_ path: String, loss: (any Loss)? = nil) throws -> Safetensors {
        guard !isONNX(path) else { return try ONNXFile.read(path, loss: loss) }
        var file =
            isNumPy(path)
            ? try Safetensors(NumPyArchive(contentsOf: path))
            : try Safetensors(contentsOf: URL(fileURLWithPath: path)).savedModel()
        guard let loss else { return file }
        let given = try ModelDescription(of: file)
        file.metadata[ModelDescription.metadataKey] = try ModelDescription(
            given.network, task: TrainingTask(loss)
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

    /// The endings by which other formats are known, and what could come of a file under them.
    private static let foreignEndings: Set = [
        "pt", "pth", "bin", "h5", "hdf5", "keras", "ckpt", "pkl", "pickle", "joblib", "pb",
        "tflite",
        "gguf", "ggml", "mlmodel", "mlpackage", "msgpack", "orbax", "pdparams", "params",
        "caffemodel",
        "npy", "csv", "json", "yaml", "yml", "txt", "html", "zip", "gz",
    ]

    /// Refuses, before hours of work, a name that promises a format which is not written.
    static func checkEnding(of path: String, flag: String) throws {
        let ending = ending(of: path)
        guard foreignEndings.contains(ending) else { return }
        throw ValidationError(
            "\(flag) \(path.printable) ends in .\(ending), a format that is not written: choose "
                + ".safetensors, which Python's safetensors package reads, .onnx or .npz.")
    }

    /// Refuses, as early, a model that the format has no words for.
    static func check(_ network: Network, writtenTo path: String) throws {
        if isONNX(path) { try ONNXFile.check(network) }
    }

    /// What people are told of a format that the name does not tell; nothing where it does.
    static func remark(on path: String) -> String {
        isWritten(path) ? "" : " (safetensors)"
    }

    /// Whether the name's ending is that of a format that is written, in any case.
    static func isWritten(_ path: String) -> Bool {
        isONNX(path) || isNumPy(path) || ending(of: path) == "safetensors"
    }

    private static func ending(of path: String) -> String {
        URL(fileURLWithPath: path).pathExtension.lowercased()
    }

    static func isONNX(_ path: String) -> Bool { ending(of: path) == "onnx" }
    private static func isNumPy(_ path: String) -> Bool { ending(of: path) == "npz" }
}
