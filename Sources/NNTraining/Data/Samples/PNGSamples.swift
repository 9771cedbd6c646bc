import NNFiles
import NNGraph

/// PNG images behind each other, each of them a sample.
struct PNGSamples: SampleReader {
    /// The bytes that one image may have.
    private static let limit = 1 << 28

    let featureCount: Int
    private let sampleShape: Shape
    private var stream: ByteStream

    init(_ stream: ByteStream, sampleShape: Shape) {
        self.stream = stream
        self.sampleShape = sampleShape
        featureCount = sampleShape.count
    }

    mutating func next(_ limit: Int) throws(DataError) -> [Float] {
        var features: [Float] = []
        for _ in 0..<limit {
            let image = try nextImage()
            guard !image.isEmpty else { break }
            features += try PNGImage(
                image, name: stream.name, sampleShape: sampleShape.dimensions
            ).pixels
        }
        return features
    }

    /// The bytes of the next image, none at the end; where a chunk is cut off, those that are there.
    private mutating func nextImage() throws(DataError) -> [UInt8] {
        var image = Array(try stream.take(PNGImage.signature.count))
        guard image == PNGImage.signature else { return image }
        while true {
            let head = try stream.take(8)
            image += head
            guard head.count == 8 else { return image }
            let (length, type) = PNGImage.chunkHead(head)
            guard image.count + length + 4 <= Self.limit else {
                throw .tooLarge(file: stream.name, limit: Self.limit)
            }
            let rest = try stream.take(length + 4)
            image += rest
            if rest.count < length + 4 || type == "IEND" { return image }
        }
    }
}
