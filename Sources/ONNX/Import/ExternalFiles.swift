import Foundation
import NNFiles

/// The files beside a model that hold its larger weights, as PyTorch's exporter writes them.
///
/// A model names them itself, so only plain names of regular files in the model's own folder are read.
final class ExternalFiles {
    /// The folder of the model, without links; nil if only the model's bytes are known.
    private let folder: URL?
    /// Most models have one such file.
    private var latest: (name: String, bytes: Data)?

    /// Looks beside the model at a path.
    init(besides path: String?) {
        folder = path.map {
            URL(fileURLWithPath: $0).deletingLastPathComponent().resolvingSymlinksInPath()
        }
    }

    /// The name of the file that a tensor lies in.
    static func location(of tensor: TensorProto) -> String {
        value("location", of: tensor) ?? ""
    }

    /// The bytes of all files that the tensors name, as far as they can be read.
    func byteCount(of tensors: [TensorProto]) -> Int {
        var names: Set<String> = []
        for tensor in tensors where tensor.dataLocation == .external {
            names.insert(Self.location(of: tensor))
        }
        return names.reduce(0) { sum, name in
            guard let url = try? url(of: name),
                let size = try? url.resourceValues(forKeys: [.fileSizeKey]).fileSize
            else { return sum }
            return sum + size
        }
    }

    /// Throws unless the file has so many bytes for the tensor.
    func check(
        _ tensor: TensorProto, named name: String, byteCount: Int
    ) throws(ONNXError) {
        let range = try range(of: tensor, named: name)
        guard range.count == byteCount else {
            throw ONNXError(
                .tensor(
                    name: name,
                    problem: "has \(range.count) bytes in another file, which do not fit its shape "
                        + "\(tensor.dims.prefix(8))"))
        }
    }

    /// The bytes of a tensor.
    func bytes(of tensor: TensorProto, named name: String) throws(ONNXError) -> Data {
        let range = try range(of: tensor, named: name)
        let whole = try content(of: Self.location(of: tensor))
        return whole[whole.startIndex + range.lowerBound..<whole.startIndex + range.upperBound]
    }

    // MARK: - Places

    private static func value(_ key: String, of tensor: TensorProto) -> String? {
        tensor.externalData.first { $0.key == key }?.value
    }

    private func range(
        of tensor: TensorProto, named name: String
    ) throws(ONNXError) -> Range<Int> {
        let file = Self.location(of: tensor)
        let size = try content(of: file).count
        let offset = Self.value("offset", of: tensor).map { Int($0) } ?? 0
        let length = Self.value("length", of: tensor).map { Int($0) } ?? (size - (offset ?? 0))
        guard let offset, let length, offset >= 0, length >= 0, offset <= size,
            length <= size - offset
        else {
            throw ONNXError(
                .externalData(
                    file: file,
                    problem: "of \(size) bytes, in which the tensor \(name.excerpt) does not lie"))
        }
        return offset..<offset + length
    }

    private func content(of name: String) throws(ONNXError) -> Data {
        if let latest, latest.name == name { return latest.bytes }
        let path = try url(of: name).path
        do throws(DataError) {
            let bytes = Data(try InputFile.read(path))
            latest = (name, bytes)
            return bytes
        } catch {
            let isThere = FileManager.default.fileExists(atPath: path)
            throw ONNXError(
                .externalData(
                    file: name,
                    problem: isThere ? "which cannot be read" : "which is not beside it"))
        }
    }

    private func url(of name: String) throws(ONNXError) -> URL {
        guard let folder else { throw ONNXError(.externalData(file: name, problem: "")) }
        guard !name.isEmpty, !name.contains("/"), !name.contains("\0"), name != ".", name != ".."
        else {
            throw ONNXError(
                .externalData(file: name, problem: "which is no plain name of a file beside it"))
        }
        let url = folder.appendingPathComponent(name).resolvingSymlinksInPath()
        guard url.deletingLastPathComponent().path == folder.path else {
            throw ONNXError(.externalData(file: name, problem: "which is a link to another folder"))
        }
        return url
    }
}
