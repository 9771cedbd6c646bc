import Foundation
import NNFiles

/// JPEG files that Pillow wrote, and what Pillow reads from them (`Tests/Fixtures/images/record.py`).
package enum ImageFixtures {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fixtures/images")

    /// The names of the files that are upright.
    package static let upright = ["gray.jpg", "444.jpg", "420.jpg", "progressive.jpg", "cmyk.jpg"]

    /// The bytes of a file.
    package static func bytes(_ name: String) throws -> [UInt8] {
        try Array(Data(contentsOf: folder.appending(path: name)))
    }

    /// An image that Pillow recorded.
    package static func pillow(_ name: String) throws -> Image {
        let archive = try NumPyArchive(contentsOf: folder.appending(path: "pillow.npz").path)
        guard let array = try archive.array(named: name), case .bytes(let bytes) = array.elements
        else { throw CocoaError(.fileNoSuchFile) }
        return Image(
            height: array.shape[0], width: array.shape[1], channels: array.shape.count == 3 ? 3 : 1,
            bytes: bytes)
    }
}

extension Image {
    /// The largest difference of two bytes, or nil for images of different sizes.
    package func levels(from other: Image) -> Int? {
        guard (height, width, channels) == (other.height, other.width, other.channels) else {
            return nil
        }
        return zip(bytes, other.bytes).map { abs(Int($0) - Int($1)) }.max()
    }
}
