import TestSupport
import Testing

@testable import NNFiles

@Suite struct PNGImageTests {
    private static func pixels(of file: PNGFile, shape: [Int]? = nil) throws -> [Float] {
        try PNGImage(
            file.bytes, name: "a.png", sampleShape: shape ?? [file.height, file.width]
        ).pixels
    }

    /// A pattern without symmetry.
    private static func value(_ x: Int, _ y: Int, below count: Int) -> Int {
        (37 * x + 101 * y + x * y * y) % count
    }

    private static func gray(depth: Int, isInterlaced: Bool = false) -> PNGFile {
        PNGFile(width: 13, height: 11, depth: depth, isInterlaced: isInterlaced) { x, y in
            [value(x, y, below: 1 << depth)]
        }
    }

    @Test(arguments: [1, 2, 4, 8, 16], [false, true])
    func graysOfEveryDepthAreScaled(depth: Int, isInterlaced: Bool) throws {
        let pixels = try Self.pixels(of: Self.gray(depth: depth, isInterlaced: isInterlaced))
        let expected = (0..<11).flatMap { y in
            (0..<13).map { x in
                Float(Self.value(x, y, below: 1 << depth)) / Float(1 << depth - 1)
            }
        }
        #expect(pixels == expected)
    }

    @Test(arguments: 0...4 as ClosedRange<UInt8>, [1, 8, 16])
    func everyFilterIsUndone(filter: UInt8, depth: Int) throws {
        for isInterlaced in [false, true] {
            let plain = Self.gray(depth: depth)
            var filtered = plain
            filtered.isInterlaced = isInterlaced
            filtered.filter = { _ in filter }
            #expect(try Self.pixels(of: filtered) == Self.pixels(of: plain))
            // Filters may change from row to row.
            filtered.filter = { UInt8($0 % 5) }
            #expect(try Self.pixels(of: filtered) == Self.pixels(of: plain))
        }
    }

    @Test(arguments: [8, 16])
    func colorsBecomeGray(depth: Int) throws {
        let full = 1 << depth - 1
        func color(_ x: Int, _ y: Int) -> [Int] {
            [1, 2, 3].map { Self.value(x * $0, y + $0, below: full + 1) }
        }
        let rgb = PNGFile(
            width: 5, height: 4, depth: depth, color: 2, filter: { UInt8($0 % 5) }, pixel: color)
        let expected = (0..<4).flatMap { y in
            (0..<5).map { x in
                let c = color(x, y).map(Double.init)
                return (0.299 * c[0] + 0.587 * c[1] + 0.114 * c[2]) / Double(full)
            }
        }
        var rgba = rgb
        rgba.color = 6
        rgba.pixel = { color($0, $1) + [full] }
        for file in [rgb, rgba] {
            for (shade, expected) in zip(try Self.pixels(of: file), expected) {
                #expect(abs(Double(shade) - expected) < 1e-7)
            }
        }
        // Equal channels give what gray does, to the bit.
        var equal = rgb
        equal.pixel = { [Int](repeating: Self.value($0, $1, below: full + 1), count: 3) }
        var gray = equal
        (gray.color, gray.pixel) = (4, { [Self.value($0, $1, below: full + 1), full] })
        #expect(try Self.pixels(of: equal) == Self.pixels(of: gray))
    }

    @Test(arguments: [1, 2, 4, 8])
    func palettesAreLookedUp(depth: Int) throws {
        let palette = (0..<3 << depth).map { UInt8(truncatingIfNeeded: 29 * $0) }
        let file = PNGFile(
            width: 9, height: 3, depth: depth, color: 3, palette: palette, transparency: [255]
        ) { x, y in
            [Self.value(x, y, below: 1 << depth)]
        }
        let expected = (0..<27).map { index in
            let place = 3 * Self.value(index % 9, index / 9, below: 1 << depth)
            let c = palette[place..<place + 3].map(Double.init)
            return (0.299 * c[0] + 0.587 * c[1] + 0.114 * c[2]) / 255
        }
        for (shade, expected) in zip(try Self.pixels(of: file), expected) {
            #expect(abs(Double(shade) - expected) < 1e-7)
        }
    }

    @Test func theSizeHasToFitTheSamples() throws {
        let file = Self.gray(depth: 8)
        for shape in [[143], [11, 13], [1, 11, 13], [11, 13, 1], [1, 143]] {
            #expect(try Self.pixels(of: file, shape: shape).count == 143)
        }
        for shape in [[142], [13, 11], [3, 11, 13], [11], []] {
            expectDataError(saying: "13 pixels wide and 11 high", "resize") {
                _ = try Self.pixels(of: file, shape: shape)
            }
        }
    }

    @Test func transparentPixelsAreRefused() {
        var files = [
            PNGFile(width: 2, height: 2, color: 4) { x, y in [5, x + y == 2 ? 254 : 255] },
            PNGFile(width: 2, height: 2, color: 6) { x, y in [5, 6, 7, x + y == 2 ? 0 : 255] },
            PNGFile(width: 2, height: 2, transparency: [0, 3]) { x, y in [x + y + 1] },
            PNGFile(width: 2, height: 2, color: 2, transparency: [0, 1, 0, 1, 0, 3]) { x, y in
                [x, y, x + y + 1]
            },
        ]
        files.append(
            PNGFile(
                width: 2, height: 2, color: 3, palette: [1, 2, 3, 4, 5, 6],
                transparency: [255, 254]
            ) { x, y in [x * y] })
        for file in files {
            expectDataError(saying: "a.png has transparent pixels", "background") {
                _ = try Self.pixels(of: file)
            }
        }
    }

    static let malformed: [Malformed] = {
        let file = gray(depth: 8)
        let valid = file.bytes
        func with(_ change: (inout PNGFile) -> Void) -> [UInt8] {
            var changed = file
            change(&changed)
            return changed.bytes
        }
        func header(_ place: Int, _ value: UInt8) -> [UInt8] {
            let header = valid[16..<29].enumerated().map { $0 == place ? value : $1 }
            return PNGFile.signature + PNGFile.chunk("IHDR", header) + valid[33...]
        }
        func pixels(_ bytes: [UInt8]) -> [UInt8] {
            Array(valid[..<33]) + PNGFile.chunk("IDAT", bytes) + PNGFile.chunk("IEND", [])
        }
        let rows = file.rows
        var wrongSum = valid
        wrongSum[20] ^= 1
        return [
            Malformed("empty", [], "does not begin with the PNG signature"),
            Malformed("text", "hello", "does not begin with the PNG signature"),
            Malformed("signature only", PNGFile.signature, "ends before its last chunk"),
            Malformed("half a header", Array(valid.prefix(20)), "ends inside of a chunk"),
            Malformed("truncated", valid.dropLast(), "ends inside of a chunk"),
            Malformed("no end", valid.dropLast(12), "ends before its last chunk"),
            Malformed("trailing byte", valid + [0], "more bytes follow"),
            Malformed("check sum", wrongSum, "check sum of a chunk is wrong"),
            Malformed("no header", PNGFile.signature + valid[33...], "not its first chunk"),
            Malformed("two headers", Array(valid[..<33]) + valid[8...], "not its first chunk"),
            Malformed(
                "long header", PNGFile.signature + PNGFile.chunk("IHDR", [0]), "have 13 bytes"),
            Malformed("no width", with { $0.width = 0 }, "0 pixels wide"),
            Malformed("negative", header(0, 0x80), "pixels wide"),
            Malformed("huge", header(0, 0x7F), "pixels wide and 11 high and the model takes"),
            Malformed("depth", header(8, 3), "colors of type 0 in 3 bits"),
            Malformed("color", header(9, 5), "colors of type 5"),
            Malformed("1-bit RGB", with { ($0.color, $0.depth) = (2, 1) }, "type 2 in 1 bits"),
            Malformed("compression", header(10, 1), "in an unknown way"),
            Malformed("filter method", header(11, 1), "in an unknown way"),
            Malformed("interlacing", header(12, 2), "in an unknown way"),
            Malformed(
                "filter", pixels(deflated([5] + rows.dropFirst(), windowBits: 15)), "filter 5"),
            Malformed("no pixels", pixels([]), "end too early"),
            Malformed("few", pixels(deflated(rows.dropLast(), windowBits: 15)), "hold 153 bytes"),
            Malformed("many", pixels(deflated(rows + [0], windowBits: 15)), "more than the 154"),
            Malformed(
                "more", pixels(deflated(rows, windowBits: 15) + [0]), "more bytes follow them"),
            Malformed("no zlib", pixels([1, 2, 3, 4]), "incorrect header check"),
            Malformed(
                "critical", with { $0.extra = PNGFile.chunk("NEWS", [1]) }, "unknown meaning"),
            Malformed("color 200", with { ($0.color, $0.palette) = (3, [1, 2, 3]) }, "palette"),
            Malformed("length", Array(valid[..<33]) + [0xFF, 0xFF, 0xFF, 0xFF], "ends before"),
        ]
    }()

    @Test(arguments: malformed)
    func malformedFilesAreRefused(case malformed: Malformed) {
        expectDataError(saying: "a.png", malformed.sentence) {
            _ = try PNGImage(malformed.bytes, name: "a.png", sampleShape: [11, 13])
        }
    }

    @Test func whatNeedNotBeUnderstoodIsPassedOver() throws {
        var file = Self.gray(depth: 8)
        let plain = try Self.pixels(of: file)
        file.extra = PNGFile.chunk("tEXt", [1, 2, 3]) + PNGFile.chunk("gAMA", [0, 0, 1, 0])
        #expect(try Self.pixels(of: file) == plain)
    }

    @Test func mutationsLoadOrAreRefused() throws {
        var file = Self.gray(depth: 8, isInterlaced: true)
        file.filter = { UInt8($0 % 5) }
        let loaded = try loadable(of: 3000, from: file.bytes) {
            _ = try PNGImage($0, name: "a.png", sampleShape: [11, 13])
        }
        #expect((1..<3000).contains(loaded))
        // Without the check sums in the way, mutations reach the filters and the palette.
        let (head, valid) = (file.bytes[..<33], file.rows)
        for round in 0..<3000 as Range<UInt32> {
            var mutation = Mutation(seed: 7, round: round)
            let rows = mutation.apply(to: valid)
            let bytes =
                head + PNGFile.chunk("IDAT", deflated(rows, windowBits: 15))
                + PNGFile.chunk("IEND", [])
            // Any other error is a test that does not compile: the initializer throws `DataError`.
            do throws(DataError) {
                _ = try PNGImage(Array(bytes), name: "a.png", sampleShape: [11, 13])
            } catch {}
        }
    }
}
