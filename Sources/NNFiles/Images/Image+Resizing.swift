extension Image {
    /// The image in another size: each pixel is the mean of those it covers, weighted by a tent over them and their
    /// neighbors, first along rows and then along columns, rounded to bytes after each.
    ///
    /// So do it Pillow's and torchvision's bilinear filters with antialiasing, to the bit. Where it grows, that is
    /// bilinear interpolation.
    ///
    /// - Throws: ``DataError`` for a size, or one that lies between both, of more than ``EncodedImage/limit`` bytes.
    package func resized(height: Int, width: Int, name: String) throws(DataError) -> Image {
        guard (height, width) != (self.height, self.width) else { return self }
        for rows in [self.height, height] {
            guard let size = [rows, width, channels].checkedProduct, size <= EncodedImage.limit
            else { throw .image(file: name, .tooLarge(width: width, height: rows)) }
        }
        var pixels = bytes
        if width != self.width {
            pixels = Taps(from: self.width, to: width).alongRows(
                of: pixels, rowSize: self.width * channels, channels: channels)
        }
        if height != self.height {
            pixels = Taps(from: self.height, to: height).alongColumns(
                of: pixels, rowSize: width * channels)
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

    /// Rows of other lengths, each made of one.
    func alongRows(of bytes: [UInt8], rowSize: Int, channels: Int) -> [UInt8] {
        let rows = bytes.count / rowSize
        let size = rows * places.count * channels
        return [UInt8](unsafeUninitializedCapacity: size) { result, filled in
            bytes.withUnsafeBufferPointer { bytes in
                weights.withUnsafeBufferPointer { weights in
                    for row in 0..<rows {
                        for (first, range) in places {
                            let start = row * rowSize + first * channels
                            for channel in 0..<channels {
                                var (sum, source) = (Self.half, start + channel)
                                for tap in range {
                                    sum &+= weights[tap] &* Int32(bytes[source])
                                    source += channels
                                }
                                result[filled] = Self.rounded(sum)
                                filled += 1
                            }
                        }
                    }
                }
            }
        }
    }

    /// Another number of rows, each made of some.
    func alongColumns(of bytes: [UInt8], rowSize: Int) -> [UInt8] {
        var sums = [Int32](repeating: 0, count: rowSize)
        return [UInt8](unsafeUninitializedCapacity: places.count * rowSize) { result, filled in
            bytes.withUnsafeBufferPointer { bytes in
                sums.withUnsafeMutableBufferPointer { sums in
                    for (first, range) in places {
                        sums.update(repeating: Self.half)
                        for (row, tap) in range.enumerated() {
                            let (start, weight) = ((first + row) * rowSize, weights[tap])
                            for place in 0..<rowSize {
                                sums[place] &+= weight &* Int32(bytes[start + place])
                            }
                        }
                        for sum in sums {
                            result[filled] = Self.rounded(sum)
                            filled += 1
                        }
                    }
                }
            }
        }
    }

    private static let half = Int32(1) << (binaryPlaces - 1)

    private static func rounded(_ sum: Int32) -> UInt8 {
        UInt8(truncatingIfNeeded: max(0, min(255, sum >> binaryPlaces)))
    }
}
