import Foundation
import NNFiles
import Synchronization

/// The images of some files, as bytes in memory.
struct ImageSet {
    /// The bytes of all samples, in the order of the files.
    let bytes: [UInt8]
    /// What all of them are like.
    let form: Form
    /// How many images had colors that they have no longer.
    let grayedCount: Int

    /// Where pixels lie in a sample, and the image that was taken from.
    struct Form {
        let layout: ImageLayout
        let example: String
    }

    /// Reads files on all processors that the process may use.
    ///
    /// - Parameters:
    ///   - files: The files, at least one.
    ///   - options: What becomes of the images.
    ///   - known: What others of the same set are like; nil if these are the first.
    /// - Throws: ``DataError`` that names the first file that cannot be read, and how many more there are.
    init(_ files: [String], _ options: ImageOptions, as known: Form? = nil) throws(DataError) {
        let form = try Self.form(of: files, options, as: known)
        let layout = form.layout
        guard let size = [files.count, layout.count].checkedProduct, size <= InputFile.memoryLimit
        else { throw .tooLarge(file: form.example, limit: InputFile.memoryLimit) }
        let outcome = Mutex(Outcome())
        var bytes = [UInt8](repeating: 0, count: size)
        bytes.withUnsafeMutableBufferPointer { bytes in
            // Each file has a part of its own.
            nonisolated(unsafe) let bytes = bytes
            DispatchQueue.concurrentPerform(iterations: files.count) { place in
                do throws(DataError) {
                    let image = try EncodedImage(contentsOf: files[place])
                    guard
                        options.size != nil
                            || (image.height, image.width) == (layout.height, layout.width)
                    else {
                        throw .imageSizes(
                            file: image.name, size: [image.height, image.width],
                            other: form.example, otherSize: [layout.height, layout.width])
                    }
                    let sample = try layout.bytes(of: image)
                    let part = place * layout.count..<(place + 1) * layout.count
                    _ = UnsafeMutableBufferPointer(rebasing: bytes[part]).update(from: sample)
                    if image.channels > layout.channels {
                        outcome.withLock { $0.grayedCount += 1 }
                    }
                } catch {
                    outcome.withLock { $0.add(error, at: place) }
                }
            }
        }
        let end = outcome.withLock { $0 }
        if let first = end.first {
            throw end.failureCount == 1
                ? first.error
                : .images(first: first.error, others: end.failureCount - 1, of: files.count)
        }
        self.bytes = bytes
        self.form = form
        grayedCount = end.grayedCount
    }

    /// How the reading of many files ended.
    private struct Outcome {
        var grayedCount = 0
        private(set) var failureCount = 0
        private(set) var first: (place: Int, error: DataError)?

        mutating func add(_ error: DataError, at place: Int) {
            failureCount += 1
            if place < first?.place ?? .max { first = (place, error) }
        }
    }

    /// So many images, which lie far from each other, tell what all are like.
    private static let exampleCount = 100

    /// What is known, or the size of the first image, and colors if some of the first have them.
    private static func form(
        of files: [String], _ options: ImageOptions, as known: Form?
    ) throws(DataError) -> Form {
        if let known { return known }
        var (example, channels) = (EncodedImage?.none, 1)
        var failure: DataError?
        let step = max(1, files.count / exampleCount)
        for place in stride(from: 0, to: files.count, by: step).prefix(exampleCount) {
            do throws(DataError) {
                let image = try EncodedImage(contentsOf: files[place])
                channels = max(channels, image.channels)
                example = example ?? image
            } catch {
                failure = failure ?? error
            }
        }
        guard let example else { throw failure ?? .noSamples(files.first ?? "") }
        return Form(
            layout: ImageLayout(
                height: options.size?.height ?? example.height,
                width: options.size?.width ?? example.width,
                channels: options.channels?.rawValue ?? channels), example: example.name)
    }
}
