import NNFiles
import Synchronization

/// The images of some files as samples.
struct ImageSet {
    /// All samples, in the order of the files: in memory if they are few, else in their files.
    let samples: Features
    /// What all of them are like.
    let form: ImageFiles.Form
    /// How many images had colors that they have no longer.
    let grayedCount: Int

    /// The most bytes of samples that are read at once: more are read whenever a training wants them.
    static let memoryLimit = 1 << 26

    /// Looks at all files, and reads them if they are few.
    ///
    /// - Parameters:
    ///   - paths: The files, at least one.
    ///   - options: What becomes of the images.
    ///   - known: What others of the same set are like; nil if these are the first.
    ///   - limit: The most bytes that are read at once.
    /// - Throws: ``DataError`` that names the first file that cannot be read, and how many more there are.
    init(
        _ paths: [String], _ options: ImageOptions, as known: ImageFiles.Form? = nil,
        limit: Int = memoryLimit
    ) throws(DataError) {
        form = try Self.form(of: paths, options, as: known)
        let layout = form.layout
        guard let size = [paths.count, layout.count].checkedProduct else {
            throw .tooLarge(file: form.example, limit: .max)
        }
        let files = ImageFiles(paths: paths, form: form, isResizing: options.size != nil)
        let grayed = Mutex(0)
        let all = Array(paths.indices)
        @Sendable func note(_ image: EncodedImage) {
            if image.channels > layout.channels { grayed.withLock { $0 += 1 } }
        }
        if size <= limit {
            samples = .unorm8(try files.bytes(all, noting: note))
        } else {
            // What is damaged behind its header is found when it is wanted.
            try files.forEach(all) { position, _ throws(DataError) in
                note(try files.image(position))
            }
            samples = .images(files)
        }
        grayedCount = grayed.withLock { $0 }
    }

    /// So many images, which lie far from each other, tell what all are like.
    private static let exampleCount = 100

    /// What is known, or the size of the first image, and colors if some of the first have them.
    private static func form(
        of paths: [String], _ options: ImageOptions, as known: ImageFiles.Form?
    ) throws(DataError) -> ImageFiles.Form {
        if let known { return known }
        var (example, channels) = (EncodedImage?.none, 1)
        var failure: DataError?
        let step = max(1, paths.count / exampleCount)
        for place in stride(from: 0, to: paths.count, by: step).prefix(exampleCount) {
            do throws(DataError) {
                let image = try EncodedImage(contentsOf: paths[place])
                channels = max(channels, image.channels)
                example = example ?? image
            } catch {
                failure = failure ?? error
            }
        }
        guard let example else { throw failure ?? .noSamples(paths.first ?? "") }
        return ImageFiles.Form(
            layout: ImageLayout(
                height: options.size?.height ?? example.height,
                width: options.size?.width ?? example.width,
                channels: options.channels?.rawValue ?? channels), example: example.name)
    }
}
