/// Which way up a camera was held, as JPEG and PNG files note it.
enum ExifOrientation {
    /// The number from 1 to 8 that the file notes, or 1, upright, if it notes none that makes sense.
    ///
    /// Where Exif has none, XMP's is taken, as Pillow does it. Nothing outside of the segments that hold them is looked at.
    static func of(jpeg: [UInt8]) -> Int {
        var place = 2
        var other: Int?
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
                if let value = orientation(in: Array(content.dropFirst(6))) { return value }
            } else if kind == 0xE1, content.starts(with: Array("http://ns.adobe.com/xap/".utf8)) {
                other = other ?? orientation(inXMP: content)
            }
            place = end
        }
        return other ?? 1
    }

    /// The same of a PNG file, which notes it in the chunk `eXIf`, before or behind the pixels.
    static func of(png: [UInt8]) -> Int {
        var place = PNGDecoder.signature.count
        while place + 12 <= png.count {
            let (length, type) = PNGDecoder.chunkHead(png[place..<place + 8])
            let end = place + 8 + length
            guard end + 4 <= png.count, type != "IEND" else { break }
            if type == "eXIf" { return orientation(in: Array(png[place + 8..<end])) ?? 1 }
            place = end + 4
        }
        return 1
    }

    /// The number in XMP, where it is an attribute or an element.
    private static func orientation(inXMP text: ArraySlice<UInt8>) -> Int? {
        let name = Array("tiff:Orientation".utf8)
        guard let found = text.indices.first(where: { text[$0...].starts(with: name) }) else {
            return nil
        }
        let rest = text[(found + name.count)...].prefix(3).drop { "=\"'>".utf8.contains($0) }
        let value = rest.first.map { Int($0) - Int(UInt8(ascii: "0")) } ?? 0
        return (1...8).contains(value) ? value : nil
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
        let (orientationTag, sizes) = (0x0112, [3: 2, 4: 4])
        for index in 0..<count {
            let entry = directory + 2 + 12 * index
            guard let tag = number(entry, 2) else { return nil }
            guard tag == orientationTag else { continue }
            // A short number, or a long one as some programs write it.
            guard let type = number(entry + 2, 2), let size = sizes[type],
                let value = number(entry + 8, size), (1...8).contains(value)
            else { return nil }
            return value
        }
        return nil
    }
}
