import NNFiles
import NNModel

/// An image, or PNG images behind each other, each of them a sample.
struct ImageSamples: SampleReader {
    let sampleShape: [Int]
    private let input: ModelInput
    private var stream: ByteStream
    private var isFirst = true
    private var losesColors = false

    var remark: String? { losesColors ? "colors are turned gray, as the model takes them" : nil }

    init(_ stream: ByteStream, for input: ModelInput) {
        self.stream = stream
        self.input = input
        // Each image is measured by itself.
        sampleShape = input.sampleShape.dimensions
    }

    mutating func next(_ limit: Int) throws(DataError) -> [Float] {
        var features: [Float] = []
        for _ in 0..<limit {
            guard let bytes = try nextImage() else { break }
            let image = try EncodedImage(bytes, name: stream.name)
            let layout = try ImageLayout(of: input, for: image)
            losesColors = losesColors || layout.channels < image.channels
            features += try layout.bytes(of: image).map { Float($0) / 255 }
        }
        return features
    }

    /// The bytes of the next image, nil at the end; where a chunk is cut off, those that are there.
    ///
    /// What follows an image and is none is nothing that anybody reads.
    private mutating func nextImage() throws(DataError) -> [UInt8]? {
        defer { isFirst = false }
        let signature = PNGDecoder.signature
        let isPNG = try stream.peek(signature.count).elementsEqual(signature)
        guard isFirst || isPNG else { return nil }
        var image = Array(try stream.take(isPNG ? signature.count : EncodedImage.limit))
        guard isPNG else {
            guard try stream.available().isEmpty else {
                throw .tooLarge(file: stream.name, limit: EncodedImage.limit)
            }
            return image.isEmpty ? nil : image
        }
        while true {
            let head = try stream.take(8)
            image += head
            guard head.count == 8 else { return image }
            let (length, type) = PNGDecoder.chunkHead(head)
            guard image.count + length + 4 <= EncodedImage.limit else {
                throw .tooLarge(file: stream.name, limit: EncodedImage.limit)
            }
            let rest = try stream.take(length + 4)
            image += rest
            if rest.count < length + 4 || type == "IEND" { return image }
        }
    }
}
