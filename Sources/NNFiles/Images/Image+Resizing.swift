extension Image {
    /// The image in another size: each pixel is the mean of those it covers, weighted by a tent over them and their
    /// neighbors, first along rows and then along columns, rounded to bytes after each.
    ///
    /// So do it Pillow's and torchvision's bilinear filters with antialiasing, to the bit. Where it grows, that is
    /// bilinear interpolation.
    ///
    /// - Throws: ``DataError`` for an image so much higher than wide that what lies between would not fit the memory.
    package func resized(height: Int, width: Int, name: String) throws(DataError) -> Image {
        guard (height, width) != (self.height, self.width) else { return self }
        guard let size = [self.height, width, channels].checkedProduct,
            size <= EncodedImage.limit
        else {
            throw .image(file: name, .tooLarge(width: self.width, height: self.height))
        }
        var pixels = bytes
        if width != self.width {
            let taps = Taps(from: self.width, to: width)
            pixels = taps.apply(
                to: pixels, lines: self.height, lineStride: self.width * channels,
                step: channels, channels: channels)
        }
        if height != self.height {
            // A column is a line whose pixels are a row apart: all of a row at once, as if they were channels.
            let taps = Taps(from: self.height, to: height)
            pixels = taps.apply(
                to: pixels, lines: 1, lineStride: 0, step: width * channels,
                channels: width * channels)
        }
        return Image(height: height, width: width, channels: channels, bytes: pixels)
    }
}

/// Which pixels of a line each pixel of a shorter or longer one is made of, and how much of them.
private struct Taps {
    /// For each new pixel the first old one, and where its weights are.
    private var places: [(first: Int, weights: Range<Int>)] = []
    /// The weights, in so many binary places that a sum of bytes fits 32 bits.
    private var weights: [Int32] = []
    private static let binaryPlaces: Int32 = 22

    init(from count: Int, to newCount: Int) {
        let scale = Double(count) / Double(newCount)
        let reach = max(scale, 1)
        for place in 0..<newCount {
            let center = (Double(place) + 0.5) * scale
            let first = max(0, Int(center - reach + 0.5))
            let end = max(first + 1, min(count, Int(center + reach + 0.5)))
            let tent = (first..<end).map {
                max(0, 1 - abs((Double($0) - center + 0.5) * (1 / reach)))
            }
            let sum = tent.reduce(0, +)
            let start = weights.count
            weights += tent.map { weight in
                Int32(
                    (weight / (sum > 0 ? sum : 1) * Double(1 << Self.binaryPlaces)).rounded(
                        .toNearestOrAwayFromZero))
            }
            places.append((first, start..<weights.count))
        }
    }

    /// The new pixels of some lines.
    ///
    /// - Parameters:
    ///   - bytes: The old lines.
    ///   - lines: How many there are.
    ///   - lineStride: The bytes from one to the next.
    ///   - step: The bytes from a pixel of a line to the next.
    ///   - channels: The bytes of a pixel.
    /// - Returns: The bytes of the new lines.
    func apply(
        to bytes: [UInt8], lines: Int, lineStride: Int, step: Int, channels: Int
    ) -> [UInt8] {
        let half = Int32(1) << (Self.binaryPlaces - 1)
        return [UInt8](unsafeUninitializedCapacity: lines * places.count * channels) {
            result, filled in
            bytes.withUnsafeBufferPointer { bytes in
                for line in 0..<lines {
                    for (first, range) in places {
                        let start = line * lineStride + first * step
                        for channel in 0..<channels {
                            var sum = half
                            var source = start + channel
                            for tap in range {
                                sum &+= weights[tap] &* Int32(bytes[source])
                                source += step
                            }
                            result[filled] = UInt8(clamping: sum >> Self.binaryPlaces)
                            filled += 1
                        }
                    }
                }
            }
        }
    }
}
