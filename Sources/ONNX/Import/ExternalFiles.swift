import Foundation
import NNFiles

/// The files beside a model that hold its larger weights, as PyTorch's exporter writes them.
///
/// A model names them itself, so only plain names of regular files in the model's own folder are read, and of those
/// only what the tensors have there.
struct ExternalFiles {
    /// The folder of the model, without links; nil if only the model's bytes are known.
    private let folder: URL?

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

    /// The bytes that all of the tensors have in other files, counted once where they share them.
    func byteCount(of tensors: [TensorProto]) -> Int {
        var counts: [String: Int] = [:]
        for tensor in tensors where tensor.dataLocation == .external {
            let name = Self.location(of: tensor)
            guard let place = try? place(of: tensor, named: tensor.name) else { continue }
            counts[name] = min(place.size, counts[name, default: 0] + place.range.count)
        }
        return counts.values.reduce(0, +)
    }

    /// Throws unless the file has so many bytes for the tensor.
    func check(
        _ tensor: TensorProto, named name: String, byteCount: Int
    ) throws(ONNXError) {
        let count = try place(of: tensor, named: name).range.count
        guard count == byteCount else {
            throw ONNXError(
                .tensor(
                    name: name,
                    problem: "has \(count) bytes in another file, which do not fit its shape "
                        + "\(tensor.dims.prefix(8))"))
        }
    }

    /// The bytes of a tensor.
    func bytes(of tensor: TensorProto, named name: String) throws(ONNXError) -> Data {
        let place = try place(of: tensor, named: name)
        do {
            let handle = try FileHandle(forReadingFrom: place.url)
            defer { try? handle.close() }
            try handle.seek(toOffset: UInt64(place.range.lowerBound))
            if let data = try handle.read(upToCount: place.range.count),
                data.count == place.range.count
            {
                return data
            }
        } catch {
            throw unreadable(tensor)
        }
        throw unreadable(tensor)
    }

    // MARK: - Places

    private static func value(_ key: String, of tensor: TensorProto) -> String? {
        tensor.externalData.first { $0.key == key }?.value
    }

    /// Where a tensor lies.
    private func place(
        of tensor: TensorProto, named name: String
    ) throws(ONNXError) -> (url: URL, range: Range<Int>, size: Int) {
        let file = Self.location(of: tensor)
        let url = try url(of: file)
        guard
            let values = try? url.resourceValues(forKeys: [.fileSizeKey, .isRegularFileKey]),
            values.isRegularFile == true, let size = values.fileSize
        else { throw unreadable(tensor) }
        let offset = Self.value("offset", of: tensor).map { Int($0) } ?? 0
        let given = Self.value("length", of: tensor).map { Int($0) ?? -1 }
        guard let offset, (0...size).contains(offset), case let length = given ?? (size - offset),
            (0...size - offset).contains(length)
        else {
            throw ONNXError(
                .externalData(
                    file: file,
                    problem: "of \(size) bytes, in which the tensor \(name.excerpt) does not lie"))
        }
        return (url, offset..<offset + length, size)
    }

    private func unreadable(_ tensor: TensorProto) -> ONNXError {
        let name = Self.location(of: tensor)
        let isThere = (try? url(of: name)).map { FileManager.default.fileExists(atPath: $0.path) }
        return ONNXError(
            .externalData(
                file: name,
                problem: isThere == true ? "which cannot be read" : "which is not beside it"))
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
