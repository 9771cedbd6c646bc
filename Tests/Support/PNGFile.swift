import CZlib

/// Writes PNG files for tests, from pixels of any kind that the format has.
package struct PNGFile {
    package var width: Int
    package var height: Int
    package var depth: Int
    package var color: UInt8
    package var isInterlaced: Bool
    package var palette: [UInt8]
    package var transparency: [UInt8]
    /// What stands before the pixels, as whole chunks.
    package var extra: [UInt8]
    /// The filter of a row.
    package var filter: (Int) -> UInt8
    /// The channels of a pixel.
    package var pixel: (_ x: Int, _ y: Int) -> [Int]

    package init(
        width: Int, height: Int, depth: Int = 8, color: UInt8 = 0, isInterlaced: Bool = false,
        palette: [UInt8] = [], transparency: [UInt8] = [], extra: [UInt8] = [],
        filter: @escaping (Int) -> UInt8 = { _ in 0 },
        pixel: @escaping (_ x: Int, _ y: Int) -> [Int]
    ) {
        self.width = width
        self.height = height
        self.depth = depth
        self.color = color
        self.isInterlaced = isInterlaced
        self.palette = palette
        self.transparency = transparency
        self.extra = extra
        self.filter = filter
        self.pixel = pixel
    }

    /// Which pass of an interlaced image a pixel belongs to, by its place among eight times eight.
    private static let passes = [
        [1, 6, 4, 6, 2, 6, 4, 6], [7, 7, 7, 7, 7, 7, 7, 7], [5, 6, 5, 6, 5, 6, 5, 6],
        [7, 7, 7, 7, 7, 7, 7, 7], [3, 6, 4, 6, 3, 6, 4, 6], [7, 7, 7, 7, 7, 7, 7, 7],
        [5, 6, 5, 6, 5, 6, 5, 6], [7, 7, 7, 7, 7, 7, 7, 7],
    ]

    package var bytes: [UInt8] {
        let sizes = [width, height].flatMap { size in
            [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: size >> $0) }
        }
        let header = sizes + [UInt8(depth), color, 0, 0, isInterlaced ? 1 : 0]
        let pixels = deflated(rows, windowBits: MAX_WBITS)
        // In two chunks, as the pixels may be cut anywhere.
        let cut = pixels.count / 2
        return Self.signature + Self.chunk("IHDR", header) + extra
            + (palette.isEmpty ? [] : Self.chunk("PLTE", palette))
            + (transparency.isEmpty ? [] : Self.chunk("tRNS", transparency))
            + Self.chunk("IDAT", Array(pixels[..<cut]))
            + Self.chunk("IDAT", Array(pixels[cut...])) + Self.chunk("IEND", [])
    }

    package static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    package static func chunk(_ type: String, _ content: [UInt8]) -> [UInt8] {
        func bytes(_ number: Int) -> [UInt8] {
            [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
        }
        let body = Array(type.utf8) + content
        return bytes(content.count) + body + bytes(Int(crc32(0, body, uInt(body.count))))
    }

    /// The filtered rows of all passes.
    package var rows: [UInt8] {
        var result: [UInt8] = []
        for pass in isInterlaced ? Array(1...7) : [0] {
            var previous: [UInt8]?
            for y in 0..<height {
                let columns = (0..<width).filter { x in
                    pass == 0 || Self.passes[y % 8][x % 8] == pass
                }
                if columns.isEmpty { continue }
                let row = packed(columns.flatMap { pixel($0, y) })
                let number = filter(result.count)
                result.append(number)
                result += filtered(row, previous, by: number)
                previous = row
            }
        }
        return result
    }

    private func packed(_ samples: [Int]) -> [UInt8] {
        let bits = samples.flatMap { sample in
            (0..<depth).reversed().map { UInt8(sample >> $0 & 1) }
        }
        return stride(from: 0, to: bits.count, by: 8).map { start in
            (0..<8).reduce(0) { $0 << 1 | (start + $1 < bits.count ? bits[start + $1] : 0) }
        }
    }

    private func filtered(_ row: [UInt8], _ previous: [UInt8]?, by filter: UInt8) -> [UInt8] {
        let channels = [0: 1, 2: 3, 3: 1, 4: 2, 6: 4][color] ?? 1
        let size = max(1, channels * depth / 8)
        return row.indices.map { index in
            let a = index >= size ? Int(row[index - size]) : 0
            let b = Int(previous?[index] ?? 0)
            let c = index >= size ? Int(previous?[index - size] ?? 0) : 0
            let estimate = a + b - c
            let (pa, pb, pc) = (abs(estimate - a), abs(estimate - b), abs(estimate - c))
            let paeth = pa <= pb && pa <= pc ? a : pb <= pc ? b : c
            let prediction = [0, a, b, (a + b) / 2, paeth][Int(filter)]
            return row[index] &- UInt8(truncatingIfNeeded: prediction)
        }
    }
}
