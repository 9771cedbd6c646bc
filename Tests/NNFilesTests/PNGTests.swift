import TestSupport
import Testing

@testable import NNFiles

@Suite struct PNGTests {
    private static func image(_ file: PNGFile) throws -> Image {
        try EncodedImage(file.bytes, name: "a.png").decoded()
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
        let image = try Self.image(Self.gray(depth: depth, isInterlaced: isInterlaced))
        let full = Double(1 << depth - 1)
        let expected = (0..<11).flatMap { y in
            (0..<13).map { x in
                UInt8((Double(Self.value(x, y, below: 1 << depth)) / full * 255).rounded())
            }
        }
        #expect(image == Image(height: 11, width: 13, channels: 1, bytes: expected))
    }

    @Test(arguments: 0...4 as ClosedRange<UInt8>, [1, 8, 16])
    func everyFilterIsUndone(filter: UInt8, depth: Int) throws {
        for isInterlaced in [false, true] {
            let plain = Self.gray(depth: depth)
            var filtered = plain
            filtered.isInterlaced = isInterlaced
            filtered.filter = { _ in filter }
            #expect(try Self.image(filtered) == Self.image(plain))
            // Filters may change from row to row.
            filtered.filter = { UInt8($0 % 5) }
            #expect(try Self.image(filtered) == Self.image(plain))
        }
    }

    /// As Pillow's `convert("RGB")`, whatever the opacity is, and rounded from 16 bits.
    @Test(arguments: [8, 16], [false, true])
    func colorsAreKeptAndOpacityIsDropped(depth: Int, hasAlpha: Bool) throws {
        let full = 1 << depth - 1
        func color(_ x: Int, _ y: Int) -> [Int] {
            [1, 2, 3].map { Self.value(x * $0, y + $0, below: full + 1) }
        }
        let file = PNGFile(
            width: 5, height: 4, depth: depth, color: hasAlpha ? 6 : 2, filter: { UInt8($0 % 5) },
            pixel: { x, y in color(x, y) + (hasAlpha ? [Self.value(y, x, below: full + 1)] : []) })
        let expected = (0..<4).flatMap { y in
            (0..<5).flatMap { x in
                color(x, y).map { UInt8((Double($0) / Double(full) * 255).rounded()) }
            }
        }
        #expect(
            try Self.image(file) == Image(height: 4, width: 5, channels: 3, bytes: expected))
    }

    @Test(arguments: [8, 16])
    func opacityOfGrayIsDropped(depth: Int) throws {
        var clear = Self.gray(depth: depth)
        clear.color = 4
        clear.pixel = { x, y in [Self.value(x, y, below: 1 << depth), 3 * x] }
        #expect(try Self.image(clear) == Self.image(Self.gray(depth: depth)))
        // One shade that is to be seen through.
        var transparent = Self.gray(depth: 8)
        transparent.transparency = [0, 37]
        #expect(try Self.image(transparent) == Self.image(Self.gray(depth: 8)))
    }

    @Test(arguments: [1, 2, 4, 8])
    func palettesAreLookedUp(depth: Int) throws {
        let palette = (0..<3 << depth).map { UInt8(truncatingIfNeeded: 29 * $0) }
        let file = PNGFile(
            width: 9, height: 3, depth: depth, color: 3, palette: palette, transparency: [0, 7]
        ) { x, y in
            [Self.value(x, y, below: 1 << depth)]
        }
        let expected = (0..<27).flatMap { index in
            let place = 3 * Self.value(index % 9, index / 9, below: 1 << depth)
            return palette[place..<place + 3]
        }
        #expect(
            try Self.image(file) == Image(height: 3, width: 9, channels: 3, bytes: expected))
    }

    /// Pillow gives 0, 64, 128 and 200 here, which libpng's own conversion to 8 bits would make 0, 136, 186 and 228.
    @Test func neitherGammaNorWhatFollowsTheEndHasASay() throws {
        var file = PNGFile(width: 4, height: 1) { x, _ in [[0, 64, 128, 200][x]] }
        let plain = try Self.image(file)
        #expect(plain.bytes == [0, 64, 128, 200])
        file.extra = PNGFile.chunk("tEXt", [1, 2, 3]) + PNGFile.chunk("gAMA", [0, 1, 0x86, 0xA0])
        #expect(try Self.image(file) == plain)
        for tail in [[0], Array("more".utf8), file.bytes] {
            #expect(try EncodedImage(file.bytes + tail, name: "a.png").decoded() == plain)
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
        let damaged = "a.png is a damaged PNG image"
        return [
            Malformed("empty", [], "a.png is empty"),
            Malformed("text", "hello", "does not begin with the signature of PNG or JPEG"),
            Malformed("signature only", PNGFile.signature, damaged),
            Malformed("half a header", Array(valid.prefix(20)), damaged),
            Malformed("truncated", valid.dropLast(30), damaged),
            Malformed("check sum", wrongSum, damaged),
            Malformed("no header", PNGFile.signature + valid[33...], damaged),
            Malformed(
                "long header", PNGFile.signature + PNGFile.chunk("IHDR", [0]), damaged),
            Malformed("no width", with { $0.width = 0 }, damaged),
            Malformed("negative", header(0, 0x80), damaged),
            Malformed("wide", header(0, 0x08), "is 134217741 pixels wide and 11 high, more than"),
            Malformed("depth", header(8, 3), damaged),
            Malformed("color", header(9, 5), damaged),
            Malformed("compression", header(10, 1), damaged),
            Malformed("filter method", header(11, 1), damaged),
            Malformed("interlacing", header(12, 2), damaged),
            Malformed(
                "filter", pixels(deflated([5] + rows.dropFirst(), windowBits: 15)), damaged),
            Malformed("no pixels", pixels([]), damaged),
            Malformed("few", pixels(deflated(rows.dropLast(), windowBits: 15)), damaged),
            Malformed("no zlib", pixels([1, 2, 3, 4]), damaged),
            Malformed("no palette", with { $0.color = 3 }, damaged),
            Malformed("length", Array(valid[..<33]) + [0xFF, 0xFF, 0xFF, 0xFF], damaged),
        ]
    }()

    @Test(arguments: malformed)
    func malformedFilesAreRefused(case malformed: Malformed) {
        expectDataError(saying: "a.png", malformed.sentence) {
            _ = try EncodedImage(malformed.bytes, name: "a.png").decoded()
        }
    }

    @Test func mutationsLoadOrAreRefused() throws {
        var file = Self.gray(depth: 8, isInterlaced: true)
        file.filter = { UInt8($0 % 5) }
        let loaded = try loadable(of: 3000, from: file.bytes) {
            _ = try EncodedImage($0, name: "a.png").decoded()
        }
        #expect((1..<3000).contains(loaded))
        // Without the check sums in the way, mutations reach the filters.
        let (head, valid) = (file.bytes[..<33], file.rows)
        for round in 0..<3000 as Range<UInt32> {
            var mutation = Mutation(seed: 7, round: round)
            let rows = mutation.apply(to: valid)
            let bytes =
                head + PNGFile.chunk("IDAT", deflated(rows, windowBits: 15))
                + PNGFile.chunk("IEND", [])
            // Any other error is a test that does not compile: the initializer throws `DataError`.
            do throws(DataError) {
                _ = try EncodedImage(Array(bytes), name: "a.png").decoded()
            } catch {}
        }
    }
}
