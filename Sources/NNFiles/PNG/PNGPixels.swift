/// The inflated pixels of a PNG file.
struct PNGPixels {
    /// For each row of each pass: the number of its filter, and its bytes.
    private var bytes: [UInt8]
    private let format: PNGFormat
    /// Colors of three bytes.
    private let palette: [UInt8]
    /// How opaque the palette's colors are; all are beyond its end.
    private let opacity: [UInt8]
    /// The channels of the one color that is transparent, if there is one.
    private let transparent: [Int]

    /// Takes as many bytes as the passes of the format have.
    init(_ bytes: [UInt8], _ format: PNGFormat, _ chunks: PNGChunks) {
        self.bytes = bytes
        self.format = format
        palette = chunks.palette
        opacity = chunks.transparency
        transparent = stride(from: 0, to: chunks.transparency.count - 1, by: 2).map {
            Int(chunks.transparency[$0]) << 8 | Int(chunks.transparency[$0 + 1])
        }
    }

    /// The shade of each pixel, from 0 for black to 1 for white.
    mutating func shades(name: String) throws(DataError) -> [Float] {
        var shades = [Float](repeating: 0, count: format.width * format.height)
        var row = 0
        for pass in format.passes where pass.byteCount > 0 {
            var previous: Int?
            for y in pass.rows {
                try removeFilter(ofRowAt: row, previous: previous, size: pass.rowSize, name: name)
                for (index, x) in pass.columns.enumerated() {
                    shades[y * format.width + x] = try shade(index, inRowAt: row + 1, name: name)
                }
                previous = row
                row += 1 + pass.rowSize
            }
        }
        return shades
    }

    /// Replaces the differences in a row by what they are differences of.
    private mutating func removeFilter(
        ofRowAt row: Int, previous: Int?, size: Int, name: String
    ) throws(DataError) {
        let filter = bytes[row]
        guard filter <= 4 else {
            throw .png(file: name, .damaged("a row has the unknown filter \(filter)"))
        }
        if filter == 0 { return }
        let pixelSize = max(1, format.color.channels * format.depth / 8)
        for index in 1..<1 + size {
            let left = index > pixelSize ? Int(bytes[row + index - pixelSize]) : 0
            let above = previous.map { Int(bytes[$0 + index]) } ?? 0
            let aboveLeft =
                index > pixelSize ? previous.map { Int(bytes[$0 + index - pixelSize]) } ?? 0 : 0
            let prediction =
                switch filter {
                case 1: left
                case 2: above
                case 3: (left + above) / 2
                default: Self.paeth(left, above, aboveLeft)
                }
            bytes[row + index] &+= UInt8(truncatingIfNeeded: prediction)
        }
    }

    /// The neighbor that is nearest to `left + above − aboveLeft`, in this order of preference.
    private static func paeth(_ left: Int, _ above: Int, _ aboveLeft: Int) -> Int {
        let estimate = left + above - aboveLeft
        let distances = (
            abs(estimate - left), abs(estimate - above), abs(estimate - aboveLeft)
        )
        if distances.0 <= distances.1, distances.0 <= distances.2 { return left }
        return distances.1 <= distances.2 ? above : aboveLeft
    }

    private func shade(_ index: Int, inRowAt row: Int, name: String) throws(DataError) -> Float {
        let first = index * format.color.channels
        func channel(_ number: Int) -> Int { sample(first + number, inRowAt: row) }
        let full = 1 << format.depth - 1
        let isOpaque: Bool
        let shade: Float
        switch format.color {
        case .gray:
            let gray = channel(0)
            isOpaque = transparent.first != gray
            shade = Self.shade(1000 * gray, of: full)
        case .grayAlpha:
            isOpaque = channel(1) == full
            shade = Self.shade(1000 * channel(0), of: full)
        case .rgb:
            let (red, green, blue) = (channel(0), channel(1), channel(2))
            isOpaque =
                transparent.count < 3
                || (transparent[0], transparent[1], transparent[2]) != (red, green, blue)
            shade = Self.shade(299 * red + 587 * green + 114 * blue, of: full)
        case .rgbAlpha:
            isOpaque = channel(3) == full
            shade = Self.shade(299 * channel(0) + 587 * channel(1) + 114 * channel(2), of: full)
        case .palette:
            let place = channel(0)
            guard 3 * place + 3 <= palette.count else {
                throw .png(file: name, .damaged("a pixel has a color outside of the palette"))
            }
            isOpaque = place >= opacity.count || opacity[place] == 255
            let (red, green, blue) = (
                Int(palette[3 * place]), Int(palette[3 * place + 1]), Int(palette[3 * place + 2])
            )
            shade = Self.shade(299 * red + 587 * green + 114 * blue, of: 255)
        }
        guard isOpaque else { throw .png(file: name, .transparent) }
        return shade
    }

    /// The quotient, rounded once: it comes out as `Float(gray) / 255` does.
    private static func shade(_ thousandths: Int, of full: Int) -> Float {
        Float(Double(thousandths) / Double(1000 * full))
    }

    /// The number at a place of a row, of as many bits as the format says.
    private func sample(_ index: Int, inRowAt row: Int) -> Int {
        switch format.depth {
        case 16: return Int(bytes[row + 2 * index]) << 8 | Int(bytes[row + 2 * index + 1])
        case 8: return Int(bytes[row + index])
        default:
            let bit = index * format.depth
            let shift = 8 - format.depth - bit % 8
            return Int(bytes[row + bit / 8]) >> shift & (1 << format.depth - 1)
        }
    }
}
