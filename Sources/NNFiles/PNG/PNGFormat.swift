/// How the pixels of a PNG file are stored.
struct PNGFormat {
    /// What a pixel consists of.
    enum Color: UInt8 {
        case gray = 0
        case rgb = 2
        case palette = 3
        case grayAlpha = 4
        case rgbAlpha = 6

        var channels: Int {
            switch self {
            case .gray, .palette: 1
            case .grayAlpha: 2
            case .rgb: 3
            case .rgbAlpha: 4
            }
        }

        fileprivate var depths: [Int] {
            switch self {
            case .gray: [1, 2, 4, 8, 16]
            case .palette: [1, 2, 4, 8]
            case .rgb, .grayAlpha, .rgbAlpha: [8, 16]
            }
        }
    }

    /// A part of the image that is stored by itself: every so many columns and rows.
    struct Pass {
        let columns: StrideTo<Int>
        let rows: StrideTo<Int>
        /// The bytes of a row of this part, its filter not counted; 0 if no column belongs to it.
        let rowSize: Int
        /// How many rows the part has.
        let rowCount: Int

        /// The bytes of this part; only for an image whose size is known to be sensible.
        var byteCount: Int { rowSize == 0 ? 0 : rowCount * (1 + rowSize) }
    }

    let width: Int
    let height: Int
    /// Bits a channel.
    let depth: Int
    let color: Color
    let passes: [Pass]

    /// Reads the data of the chunk IHDR.
    init(_ data: ArraySlice<UInt8>, name: String) throws(DataError) {
        let bytes = Array(data)
        func unsupported(_ problem: String) -> DataError { .png(file: name, .unsupported(problem)) }
        guard bytes.count == 13 else {
            throw .png(file: name, .damaged("its header does not have 13 bytes"))
        }
        width = bytes[0..<4].reduce(0) { $0 << 8 | Int($1) }
        height = bytes[4..<8].reduce(0) { $0 << 8 | Int($1) }
        depth = Int(bytes[8])
        guard (1...Int(Int32.max)).contains(width), (1...Int(Int32.max)).contains(height) else {
            throw unsupported("is \(width) pixels wide and \(height) high")
        }
        guard let color = Color(rawValue: bytes[9]), color.depths.contains(depth) else {
            throw unsupported("stores colors of type \(bytes[9]) in \(depth) bits")
        }
        guard bytes[10] == 0, bytes[11] == 0, bytes[12] <= 1 else {
            throw unsupported("is compressed, filtered or interlaced in an unknown way")
        }
        self.color = color
        let starts = bytes[12] == 0 ? [(0, 0, 1, 1)] : Self.adam7
        let bits = color.channels * depth
        passes = starts.map { [width, height] left, top, columnStep, rowStep in
            func count(_ start: Int, _ end: Int, _ step: Int) -> Int {
                start < end ? (end - start - 1) / step + 1 : 0
            }
            return Pass(
                columns: stride(from: left, to: width, by: columnStep),
                rows: stride(from: top, to: height, by: rowStep),
                rowSize: (count(left, width, columnStep) * bits + 7) / 8,
                rowCount: count(top, height, rowStep))
        }
    }

    /// The first column and row of each pass of an interlaced image, and the steps from there.
    private static let adam7 = [
        (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
        (0, 1, 1, 2),
    ]
}
