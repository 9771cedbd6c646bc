import NNFiles
import NNModel

/// Where the pixels of an image lie in a sample.
package struct ImageLayout: Equatable, Sendable {
    package let height: Int
    package let width: Int
    /// 1 for gray, 3 for red, green and blue.
    package let channels: Int
    /// Whether the channels of a pixel lie beside each other, not each channel by itself.
    var isInterleaved = false

    /// The shape of a sample, with the channels first, as PyTorch has it, if there are several.
    var sampleShape: [Int] { channels == 1 ? [height, width] : [channels, height, width] }

    /// The number of bytes of a sample.
    var count: Int { height * width * channels }

    init(height: Int, width: Int, channels: Int) {
        (self.height, self.width, self.channels) = (height, width, channels)
    }

    /// What samples of a shape hold: [height, width], or channels before or behind them.
    package init?(of sampleShape: [Int]) {
        let sizes = Array(sampleShape.drop { $0 == 1 && sampleShape.count > 3 })
        switch sizes.count {
        case 2: self.init(height: sizes[0], width: sizes[1], channels: 1)
        case 3 where [1, 3].contains(sizes[0]):
            self.init(height: sizes[1], width: sizes[2], channels: sizes[0])
        case 3 where [1, 3].contains(sizes[2]):
            self.init(height: sizes[0], width: sizes[1], channels: sizes[2])
            isInterleaved = true
        default: return nil
        }
    }

    /// What samples of a model hold where one of them is to be this image.
    ///
    /// - Throws: ``DataError/imageSize(file:width:height:expected:)`` if it fits none, and need not be resized.
    init(of input: ModelInput, for image: EncodedImage) throws(DataError) {
        let shape = input.sampleShape.dimensions
        let own = (image.height, image.width)
        if let layout = ImageLayout(of: shape),
            input.resizesImages || (layout.height, layout.width) == own
        {
            self = layout
            return
        }
        // Rows have neither height nor width: there the number of pixels decides.
        let channels = [1, 3].first {
            [image.height, image.width, $0].checkedProduct == shape.checkedProduct
        }
        guard shape.count(where: { $0 != 1 }) <= 1, let channels else {
            throw .imageSize(
                file: image.name, width: image.width, height: image.height, expected: shape)
        }
        self.init(height: image.height, width: image.width, channels: channels)
    }

    /// The numbers of a sample with the channels of each pixel beside each other.
    package func interleaved(_ sample: some RandomAccessCollection<Float>) -> [Float] {
        guard channels > 1, !isInterleaved else { return Array(sample) }
        let (values, size) = (Array(sample), height * width)
        return (0..<size).flatMap { pixel in
            (0..<channels).map { values[$0 * size + pixel] }
        }
    }

    /// The bytes of an image as a sample, resized where its size is another.
    func bytes(of image: EncodedImage) throws(DataError) -> [UInt8] {
        let pixels = try image.decoded().converted(toChannels: channels)
            .resized(height: height, width: width, name: image.name)
        return isInterleaved ? pixels.bytes : pixels.planes
    }
}
