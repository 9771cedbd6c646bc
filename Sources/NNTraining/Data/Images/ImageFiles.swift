import Foundation
import NNFiles
import Synchronization

/// Images in files, which are read whenever somebody wants their pixels.
public struct ImageFiles: Sendable, Equatable {
    /// The files, in order.
    let paths: [String]
    /// What all of them are brought to.
    let form: Form
    /// Whether images of other sizes are brought to that of the form.
    let isResizing: Bool

    /// Where pixels lie in a sample, and the image that was taken from.
    struct Form: Equatable {
        let layout: ImageLayout
        let example: String
    }

    /// The number of bytes of all samples.
    var byteCount: Int { paths.count * form.layout.count }

    /// The samples at some positions, in that order.
    func selecting(_ positions: [Int]) -> ImageFiles {
        ImageFiles(paths: positions.map { paths[$0] }, form: form, isResizing: isResizing)
    }

    /// The image of a file, of which the header is read.
    ///
    /// - Throws: ``DataError`` that names the file if it cannot be read, or has another size where none is brought to
    ///   another.
    func image(_ position: Int) throws(DataError) -> EncodedImage {
        let image = try EncodedImage(contentsOf: paths[position])
        let layout = form.layout
        guard isResizing || (image.height, image.width) == (layout.height, layout.width) else {
            throw .imageSizes(
                file: image.name, size: [image.height, image.width], other: form.example,
                otherSize: [layout.height, layout.width])
        }
        return image
    }

    /// Reads samples on all processors that the process may use.
    ///
    /// - Parameters:
    ///   - positions: Which ones.
    ///   - target: Memory for all of them, one behind the other.
    ///   - note: Told of each image, on any thread.
    /// - Throws: ``DataError`` that names the first file that cannot be read, and how many more there are.
    func read(
        _ positions: [Int], into target: UnsafeMutableRawBufferPointer,
        noting note: @Sendable (EncodedImage) -> Void = { _ in }
    ) throws(DataError) {
        let size = form.layout.count
        // Each file has a part of its own.
        nonisolated(unsafe) let target = target
        try forEach(positions) { position, place throws(DataError) in
            let image = try image(position)
            note(image)
            let sample = try form.layout.bytes(of: image)
            UnsafeMutableRawBufferPointer(rebasing: target[place * size..<(place + 1) * size])
                .copyBytes(from: sample)
        }
    }

    /// The bytes of samples.
    func bytes(
        _ positions: [Int], noting note: @Sendable (EncodedImage) -> Void = { _ in }
    ) throws(DataError) -> [UInt8] {
        var failure: DataError?
        let bytes = [UInt8](unsafeUninitializedCapacity: positions.count * form.layout.count) {
            target, filled in
            do throws(DataError) {
                try read(positions, into: UnsafeMutableRawBufferPointer(target), noting: note)
                filled = target.count
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Does something with files on all processors.
    ///
    /// - Throws: ``DataError`` that names the first file with which it fails, and how many more there are.
    func forEach(
        _ positions: [Int],
        _ work: @Sendable (_ position: Int, _ place: Int) throws(DataError) -> Void
    ) throws(DataError) {
        let failures = Mutex((count: 0, first: (place: Int, error: DataError)?.none))
        DispatchQueue.concurrentPerform(iterations: positions.count) { place in
            do throws(DataError) {
                try work(positions[place], place)
            } catch {
                failures.withLock {
                    $0.count += 1
                    if place < $0.first?.place ?? .max { $0.first = (place, error) }
                }
            }
        }
        let end = failures.withLock { $0 }
        guard let first = end.first else { return }
        throw end.count == 1
            ? first.error : .images(first: first.error, others: end.count - 1, of: positions.count)
    }
}
