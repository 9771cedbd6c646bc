import Foundation
import NNFiles

/// Images in a folder that has a folder for each class.
struct ClassFolders {
    /// What the classes are called: the names of their folders, in order.
    let classNames: [String]
    /// The images, class by class.
    let files: [String]
    /// The class of each image.
    let labels: [Int]
    /// How many images are of formats that are not read.
    let foreignCount: Int

    private static let endings: Set = ["png", "jpg", "jpeg"]
    private static let foreignEndings: Set = [
        "bmp", "gif", "webp", "tif", "tiff", "ppm", "pgm", "heic", "jp2", "avif",
    ]

    /// Lists the images of each class, those in folders inside of its own as well.
    ///
    /// - Parameters:
    ///   - folder: The folder of the classes' folders.
    ///   - known: The classes if others have told them; some of them may have no images here.
    /// - Throws: ``DataError`` for a class without images, or one that is not known.
    init(_ folder: String, as known: [String]? = nil) throws(DataError) {
        let own = Self.folders(in: folder)
        classNames = known ?? own
        let places = Dictionary(classNames.enumerated().map { ($1, $0) }) { first, _ in first }
        var (files, labels, foreignCount): ([String], [Int], Int) = ([], [], 0)
        for name in own {
            let path = "\(folder)/\(name)"
            let found = Self.files(in: path)
            let images = found.filter { Self.isImage($0) }
            foreignCount += found.count { Self.foreignEndings.contains(Self.ending(of: $0)) }
            guard let label = places[name] else {
                if images.isEmpty { continue }
                throw .unknownClassFolder(folder: path, known: classNames)
            }
            if images.isEmpty, known == nil { throw .noImages(folder: path) }
            files += images.map { "\(path)/\($0)" }
            labels += repeatElement(label, count: images.count)
        }
        guard !files.isEmpty else { throw .noImages(folder: folder) }
        (self.files, self.labels, self.foreignCount) = (files, labels, foreignCount)
    }

    /// Whether a name is that of an image that is read; hidden ones, such as `._a.png` of macOS, are none.
    static func isImage(_ name: String) -> Bool {
        endings.contains(ending(of: name))
            && !name.split(separator: "/").contains { $0.first == "." }
    }

    /// The folders in a folder, without hidden ones, ordered by name as Python does it.
    static func folders(in folder: String) -> [String] {
        names(in: folder).filter { name in
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(
                atPath: "\(folder)/\(name)", isDirectory: &isFolder) && isFolder.boolValue
        }
    }

    /// Whether a folder has folders with images, those in folders inside of them not counted.
    static func areIn(_ folder: String) -> Bool {
        folders(in: folder).contains { names(in: "\(folder)/\($0)").contains(where: isImage) }
    }

    /// What is in a folder, without what is hidden.
    static func names(in folder: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.first != "." }.sorted {
            $0.unicodeScalars.lexicographicallyPrecedes($1.unicodeScalars)
        }
    }

    private static func ending(of name: String) -> String {
        URL(fileURLWithPath: name).pathExtension.lowercased()
    }

    /// All files in a folder and in those inside of it, by their paths from there.
    private static func files(in folder: String) -> [String] {
        // The folder itself may be a link; links inside of it to folders are not followed, as they may go round.
        let path = URL(fileURLWithPath: folder).resolvingSymlinksInPath().path
        let files = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
        return files.sorted { $0.unicodeScalars.lexicographicallyPrecedes($1.unicodeScalars) }
    }
}
