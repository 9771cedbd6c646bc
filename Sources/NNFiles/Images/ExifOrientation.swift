/// Which way up a camera was held, as JPEG files note it.
enum ExifOrientation {
    /// The number from 1 to 8 that the file notes, or 1, upright, if it notes none that makes sense.
    ///
    /// Nothing outside of the one segment that holds it is looked at, and each of its fields at most once.
    static func of(_ jpeg: [UInt8]) -> Int {
        var place = 2
        // The segments before the pixels: 0xFF, a kind, a length that counts itself.
        while place + 4 <= jpeg.count, jpeg[place] == 0xFF {
            let kind = jpeg[place + 1]
            if kind == 0xFF {
                // Segments may be filled up.
                place += 1
                continue
            }
            guard kind != 0xDA, kind != 0xD9 else { break }
            let length = Int(jpeg[place + 2]) << 8 | Int(jpeg[place + 3])
            let end = place + 2 + length
            guard length >= 2, end <= jpeg.count else { break }
            let content = jpeg[place + 4..<end]
            if kind == 0xE1, content.starts(with: Array("Exif".utf8) + [0, 0]) {
                return orientation(in: Array(content.dropFirst(6))) ?? 1
            }
            place = end
        }
        return 1
    }

    /// The number in a TIFF structure.
    private static func orientation(in tiff: [UInt8]) -> Int? {
        let isBigEndian = tiff.starts(with: Array("MM".utf8))
        guard isBigEndian || tiff.starts(with: Array("II".utf8)) else { return nil }
        func number(_ place: Int, _ size: Int) -> Int? {
            guard place >= 0, place + size <= tiff.count else { return nil }
            let bytes = tiff[place..<place + size]
            return isBigEndian
                ? bytes.reduce(0) { $0 << 8 | Int($1) }
                : bytes.reversed().reduce(0) { $0 << 8 | Int($1) }
        }
        guard number(2, 2) == 42, let directory = number(4, 4), let count = number(directory, 2)
        else { return nil }
        let (orientationTag, shortType) = (0x0112, 3)
        for index in 0..<count {
            let entry = directory + 2 + 12 * index
            guard let tag = number(entry, 2) else { return nil }
            guard tag == orientationTag else { continue }
            guard number(entry + 2, 2) == shortType, let value = number(entry + 8, 2),
                (1...8).contains(value)
            else { return nil }
            return value
        }
        return nil
    }
}
