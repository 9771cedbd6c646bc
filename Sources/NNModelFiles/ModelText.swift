import NNFiles
import NNModel
import YAMLFiles
import Yams

/// What a model file says, read once.
package struct ModelText {
    private let file: YAMLFile
    private let bytes: [UInt8]

    /// Reads a file.
    package init(contentsOf path: String) throws {
        file = Self.file(path)
        bytes = try file.bytes()
    }

    /// Takes a text; messages call it by `name`.
    init(_ text: String, named name: String) {
        file = Self.file(name)
        bytes = Array(text.utf8)
    }

    private static func file(_ path: String) -> YAMLFile {
        YAMLFile(
            path: path, kind: "model file", form: ModelFileReader.form, longest: 1 << 20,
            mostAliases: 256)
    }

    /// The text, if it is the description of a saved model and no model file.
    package var savedDescription: String? {
        guard let mapping = (try? file.root(of: bytes))?.mapping, mapping["model"] != nil else {
            return nil
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The network that it describes.
    ///
    /// - Throws: `YAMLFileError`.
    package func network() throws -> Network {
        var reader = ModelFileReader(file)
        return try reader.network(file.root(of: bytes))
    }
}
