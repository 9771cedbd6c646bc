import Foundation
import NNFiles

/// The IDX files of a folder by what their names say: `train-images-idx3-ubyte`, `t10k-labels.idx1-ubyte`,
/// `emnist-letters-test-images-idx3-ubyte.gz` and so on.
struct IDXFolder {
    /// The images and labels of a part of the data.
    struct Pair {
        let images: String
        let labels: String
    }

    let train: Pair
    let test: Pair?

    /// Finds the files.
    ///
    /// - Throws: ``DataError`` that names what is missing, or the files of several data sets.
    init(_ folder: String) throws(DataError) {
        let files = Self.files(in: folder)
        let sets = Set(files.map(\.set)).sorted()
        guard sets.count <= 1 else {
            throw .unclearFiles(folder: folder, files: files.map(\.name))
        }
        func pair(_ part: String) throws(DataError) -> Pair {
            func file(_ areImages: Bool, _ usual: String) throws(DataError) -> String {
                let found = files.filter { $0.part == part && $0.areImages == areImages }
                guard let first = found.first else {
                    throw .notInFolder(
                        folder: folder, file: "\(sets.first ?? "")\(part)-\(usual)-ubyte or .gz")
                }
                // One of them may be the other one, compressed.
                guard Set(found.map(\.plainName)).count == 1 else {
                    throw .unclearFiles(folder: folder, files: found.map(\.name))
                }
                return "\(folder)/\(first.name)"
            }
            return try Pair(
                images: file(true, "images-idx3"), labels: file(false, "labels-idx1"))
        }
        train = try pair("train")
        test = try files.first { $0.part != "train" }.map { test throws(DataError) in
            try pair(test.part)
        }
    }

    /// Whether a folder has such a file.
    static func hasFiles(_ folder: String) -> Bool { !files(in: folder).isEmpty }

    /// What a name says.
    private struct NamedFile {
        let name: String
        /// The name without `.gz`.
        let plainName: String
        /// What stands before the part, such as `emnist-letters-`.
        let set: String
        /// `train`, `t10k` or `test`.
        let part: String
        let areImages: Bool

        init?(_ name: String) {
            self.name = name
            plainName = name.hasSuffix(".gz") ? String(name.dropLast(3)) : name
            guard
                let match = plainName.lowercased().wholeMatch(
                    of: /(.*?)(train|t10k|test)[-_.](images|labels)[-_.]idx[-_.\w]*/)
            else { return nil }
            set = String(match.1)
            part = String(match.2)
            areImages = match.3 == "images"
        }
    }

    /// The files with such names, plain ones before compressed ones.
    private static func files(in folder: String) -> [NamedFile] {
        ClassFolders.names(in: folder).compactMap { NamedFile($0) }
    }
}
