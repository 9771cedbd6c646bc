/// Formats that files are in whose names or places promise another, told by their first bytes.
public enum FileKind: Sendable, CaseIterable {
    case png, jpeg, gif, bmp, webp, tiff, heif, jpeg2000
    case numPy, numPyArchive, pyTorch, pickle, hdf5, gguf, parquet, arrow, matlab, sqlite
    case excel, zip, gzip, bzip2, xz, zstandard, sevenZip, rar, tar
    case pdf, utf16

    /// The first bytes that tell them all.
    package static let headSize = 512

    /// What a file that begins so is, if that is known.
    package static func of(_ head: some Collection<UInt8>) -> FileKind? {
        let head = Array(head.prefix(headSize))
        let isText = !head.contains { $0 < 0x09 }
        let found = signatures.first { _, place, bytes in
            // A table may begin with such letters, as one of the columns PAR1 and BMI does.
            head.dropFirst(place).starts(with: bytes)
                && !(isText && bytes.allSatisfy { (0x20..<0x7F).contains($0) })
        }
        return found.map { kind, _, _ in kind == .zip ? archive(head) : kind }
    }

    private static let signatures: [(kind: FileKind, place: Int, bytes: [UInt8])] = [
        (.png, 0, PNGDecoder.signature), (.jpeg, 0, JPEGDecoder.signature),
        (.gif, 0, Array("GIF8".utf8)), (.webp, 8, Array("WEBP".utf8)),
        (.tiff, 0, [0x49, 0x49, 42, 0]), (.tiff, 0, [0x4D, 0x4D, 0, 42]),
        (.heif, 4, Array("ftyp".utf8)), (.jpeg2000, 4, Array("jP  ".utf8)),
        (.numPy, 0, NumPyHeader.signature), (.hdf5, 0, [0x89] + Array("HDF\r\n".utf8)),
        (.gguf, 0, Array("GGUF".utf8)), (.parquet, 0, Array("PAR1".utf8)),
        (.arrow, 0, Array("ARROW1".utf8)),
        (.matlab, 0, Array("MATLAB 5.0".utf8)), (.sqlite, 0, Array("SQLite format 3".utf8)),
        (.zip, 0, ZipArchive.signature), (.gzip, 0, Gzip.signature),
        (.bzip2, 0, Array("BZh".utf8)), (.xz, 0, [0xFD] + Array("7zXZ".utf8)),
        (.zstandard, 0, [0x28, 0xB5, 0x2F, 0xFD]), (.sevenZip, 0, [0x37, 0x7A, 0xBC, 0xAF]),
        (.rar, 0, Array("Rar!".utf8)), (.tar, 257, Array("ustar".utf8)),
        (.pdf, 0, Array("%PDF".utf8)),
        (.utf16, 0, [0xFF, 0xFE]), (.utf16, 0, [0xFE, 0xFF]),
        // Protocols 2 to 5.
        (.pickle, 0, [0x80, 2]), (.pickle, 0, [0x80, 3]), (.pickle, 0, [0x80, 4]),
        (.pickle, 0, [0x80, 5]),
        (.bmp, 0, Array("BM".utf8)),
    ]

    /// What is in a zip archive, by the name of its first member.
    private static func archive(_ head: [UInt8]) -> FileKind {
        let name = String(decoding: head.dropFirst(30).prefix(64), as: UTF8.self)
        if name.contains("data.pkl") { return .pyTorch }
        if name.contains(".npy") { return .numPyArchive }
        if name.hasPrefix("[Content_Types].xml") || name.hasPrefix("xl/") { return .excel }
        return .zip
    }

    /// Whether it is a zip archive, whatever is in it.
    var isZip: Bool { [.zip, .numPyArchive, .pyTorch, .excel].contains(self) }

    /// What people call it, with an article.
    var name: String {
        switch self {
        case .png: "a PNG image"
        case .jpeg: "a JPEG image"
        case .gif: "a GIF image"
        case .bmp: "a BMP image"
        case .webp: "a WebP image"
        case .tiff: "a TIFF image"
        case .heif: "an image or film in the HEIF or MP4 format"
        case .jpeg2000: "a JPEG 2000 image"
        case .numPy: "a NumPy array"
        case .numPyArchive: "a NumPy archive"
        case .pyTorch: "a pickled PyTorch file"
        case .pickle: "a pickled Python object"
        case .hdf5: "an HDF5 file"
        case .gguf: "a GGUF file"
        case .parquet: "a Parquet table"
        case .arrow: "an Arrow or Feather table"
        case .matlab: "a MATLAB file"
        case .sqlite: "an SQLite database"
        case .excel: "an Excel table"
        case .zip: "a zip archive"
        case .gzip: "gzipped"
        case .bzip2: "compressed by bzip2"
        case .xz: "compressed by xz"
        case .zstandard: "compressed by zstd"
        case .sevenZip: "a 7z archive"
        case .rar: "a RAR archive"
        case .tar: "a tar archive"
        case .pdf: "a PDF document"
        case .utf16: "text in UTF-16"
        }
    }

    /// What can be done about it.
    var remedy: String {
        switch self {
        case .png, .jpeg:
            "name a folder that has a folder of images for each class, or, to predict, the images"
        case .gif, .bmp, .webp, .tiff, .heif, .jpeg2000: "convert it to PNG or JPEG"
        case .numPy: "let its name end in .npy"
        case .numPyArchive: "let its name end in .npz, or name one of its arrays, saved as .npy"
        case .pyTorch:
            "in Python, save weights with safetensors.torch.save_file and data with numpy.save"
        case .pickle: "in Python, save weights as safetensors and data with numpy.save"
        case .gguf: "take the model's safetensors file"
        case .hdf5: "in Python, save weights as safetensors and data with numpy.savez"
        case .parquet, .arrow, .sqlite, .excel: "save the table as CSV"
        case .matlab: "save its arrays with numpy.savez"
        case .zip, .sevenZip, .rar, .tar: "unpack it and name what is in it"
        case .gzip, .bzip2, .xz, .zstandard: "decompress it"
        case .pdf: "save what it shows as CSV or as images"
        case .utf16: "save it as UTF-8"
        }
    }
}

extension DataError {
    /// What to say of a file that does not begin as it should: what it is, if that is known and not its own format.
    package static func unexpected(
        _ head: some Collection<UInt8>, file: String, expected: String, of own: FileKind? = nil
    ) -> DataError {
        guard let kind = FileKind.of(head), kind != own else {
            return .wrongFormat(file: file, expected: expected)
        }
        return .foreign(file: file, kind)
    }
}
