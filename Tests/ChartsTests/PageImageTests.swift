import CZlib
import Foundation
import Testing

@testable import Charts

@Suite struct PageImageTests {
    @Test func thePNGHoldsThePixels() throws {
        let values = (0..<35).map { Float($0) / 34 }
        let png = Array(try #require(PageImage(width: 7, height: 5, values: values)).png)
        #expect(Array(png.prefix(8)) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
        var chunks: [String: [UInt8]] = [:]
        var start = 8
        while start < png.count {
            func word(_ at: Int) -> Int { png[at..<at + 4].reduce(0) { $0 << 8 | Int($1) } }
            let length = word(start)
            let body = Array(png[start + 4..<start + 8 + length])
            #expect(Int(crc32(0, body, uInt(body.count))) == word(start + 8 + length))
            chunks[String(decoding: body.prefix(4), as: UTF8.self)] = Array(body.dropFirst(4))
            start += 12 + length
        }
        #expect(chunks["IHDR"] == [0, 0, 0, 7, 0, 0, 0, 5, 8, 0, 0, 0, 0])
        let data = try #require(chunks["IDAT"])
        var rows = [UInt8](repeating: 0, count: 100)
        var count = uLong(rows.count)
        #expect(uncompress(&rows, &count, data, uLong(data.count)) == Z_OK)
        #expect(count == 5 * 8)
        for row in 0..<5 {
            #expect(rows[8 * row] == 0)
            for column in 0..<7 {
                #expect(rows[8 * row + 1 + column] == UInt8(255 * values[7 * row + column]))
            }
        }
    }

    /// The bytes that Pillow 13 writes without a filter: `Image.fromarray(…)` of two pixels, red and half blue.
    @Test func colorsLieBesideEachOther() throws {
        let image = PageImage(width: 2, height: 1, channels: 3, values: [1, 0, 0, 0, 0, 0.5])
        let png = Array(try #require(image).png)
        #expect(Array(png[16..<29]) == [0, 0, 0, 2, 0, 0, 0, 1, 8, 2, 0, 0, 0])
        let length = png[33..<37].reduce(0) { $0 << 8 | Int($1) }
        var rows = [UInt8](repeating: 0, count: 100)
        var count = uLong(rows.count)
        #expect(uncompress(&rows, &count, Array(png[41..<41 + length]), uLong(length)) == Z_OK)
        #expect(Array(rows.prefix(Int(count))) == [0, 255, 0, 0, 0, 0, 127])
    }

    @Test func numbersOutsideOfTheRangeAreBlackOrWhite() throws {
        #expect(PageImage(width: 3, height: 1, values: [-1, 2, .nan]) != nil)
    }

    @Test func numbersOfBothSignsLieAroundGray() throws {
        let image = try #require(PageImage(width: 4, height: 1, signed: [-2, 0, 1, 2]))
        #expect(image.pixels == [0, 127, 191, 255])
        #expect(PageImage(width: 2, height: 1, signed: [0, 0])?.pixels == [127, 127])
    }

    @Test func aWrongNumberOfPixelsIsNoImage() {
        #expect(PageImage(width: 3, height: 2, values: [1, 2, 3]) == nil)
        #expect(PageImage(width: 0, height: 0, values: [Float]()) == nil)
        #expect(PageImage(width: 1, height: 1, channels: 2, values: [1, 1]) == nil)
    }
}
