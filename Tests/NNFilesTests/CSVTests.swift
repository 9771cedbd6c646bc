import TestSupport
import Testing

@testable import NNFiles

@Suite struct CSVTests {
    private func rows(_ stream: ByteStream) throws -> [[Float]] {
        var csv = CSV(stream)
        guard try csv.begin() else { return [] }
        var rows: [[Float]] = []
        try csv.readRows(roles: [CSV.Role](repeating: .number, count: csv.columnCount)) {
            rows.append($0.numbers)
        }
        return rows
    }

    private func rows(_ text: String) throws -> [[Float]] {
        try rows(ByteStream(Array(text.utf8), name: "data.csv"))
    }

    @Test(arguments: [
        "1,2,0\n3,4,1\n",
        "1,2,0\n3,4,1",
        "1,2,0\r\n3,4,1\r\n",
        "1,2,0\r3,4,1\r",
        "\u{FEFF}1,2,0\n3,4,1\n",
        "\u{FEFF}a,b,c\n1,2,0\n3,4,1\n",
        "\n1,2,0\n\n  \n3,4,1\n\n",
        " 1 ,\t2, 0\n3, 4 ,1 \n",
        "\"1\",\"2\" ,0\n\"3\", \"4\",\"1\"\n",
        "a,b,label\n1,2,0\n3,4,1\n",
        "\"a \"\"quoted\"\", line\r\nfeed\",b,\n1,2,0\n3,4,1\n",
        "1e0,+2,0.0\n.3e1,4.,1\n",
        "sep=;\n1;2;0\n3;4;1\n",
        "\u{FEFF}sep=,\r\na,b,c\r\n1,2,0\r\n3,4,1\r\n",
        "# a,b,c\n1,2,0\n3,4,1\n",
        "\" 1\",\"2 \",\" 0\"\n\"3\",\" 4 \",\"1\"\n",
    ])
    func everyWayToWriteTheSameTableIsRead(text: String) throws {
        #expect(try rows(text) == [[1, 2, 0], [3, 4, 1]])
    }

    @Test(arguments: ["", "\u{FEFF}", "\n \r\n\t\n", "a,b,label\n"])
    func aTableMayHaveNoRows(text: String) throws {
        #expect(try rows(text) == [])
    }

    @Test func numbersAreRoundedToTheNearestFloat() throws {
        #expect(
            try rows("0.1,16777217,9999999,0x1p-3\n-1e-37,123456789,0000007,0\n")
                == [[0.1, 16_777_216, 9_999_999, 0.125], [-1e-37, 123_456_792, 7, 0]])
    }

    @Test func shortAndLongDecimalsAreReadAlike() throws {
        let numbers = [
            "0.123456", "-9.87654", "1.0", "-0", ".5", "-.5", "7.", "0.000001", "999.9999",
        ]
        let rows = try rows("0\n" + numbers.map { "\($0)\n" }.joined())
        for (row, text) in zip(rows.dropFirst(), numbers) {
            #expect(row.map(\.bitPattern) == [Float(text)?.bitPattern], "\(text)")
        }
    }

    /// `Float(_:)`, which is the C library's, reads all numbers; the quick way reads most, and none otherwise.
    @Test func decimalsAreRoundedAsTheCLibraryRoundsThem() {
        func read(_ text: String) -> Float? {
            var text = text
            return text.withUTF8 { Float(decimal: $0) }
        }
        var generator = SplitMix(state: 5)
        var count = 0
        for _ in 0..<20_000 {
            let bits = generator.next()
            let float = Float(bitPattern: UInt32(truncatingIfNeeded: bits) & 0x7F7F_FFFF)
            let half = (Double(float) + Double(float.nextUp)) / 2
            let near = Double(bitPattern: half.bitPattern &+ (bits >> 60) &- 8)
            let fraction = Double(Int64(bitPattern: bits)) / 0x1p63
            for text in ["\(float)", "\(near)", "\(fraction)", "\(bits)", "\(fraction * 1e6)"] {
                guard let number = read(text) else { continue }
                count += 1
                #expect(number.bitPattern == Float(text)?.bitPattern, "\(text)")
            }
        }
        #expect(count > 50_000)
        #expect(read("-0")?.bitPattern == (-0.0 as Float).bitPattern)
        #expect(read("+.5e-1") == 0.05 && read("5.E2") == 500 && read("007") == 7)
        #expect(read("123456789012345678901234567890") == 0x1.8ee91p+96)
        for text in ["", "-", ".", "e5", "1e", "1e+", "1e5.0", "1.2.3", "--1", "1x", "0x1", "1 "] {
            #expect(read(text) == nil, "\(text)")
        }
    }

    /// Rows are read in one go where that can be done, but not with a delimiter that is none of the usual ones.
    @Test func rowsReadInOneGoAreThoseReadFieldByField() throws {
        let numbers = [
            "1.5", " -2", "3e-4 ", ".25", "\"7\"", "", "nan", "-0", "0.12345678901234567", "1e-40",
            "123456789012345678901", "0.000000000000123456789012", "16777217.000000001",
        ]
        let words = ["a", "b c", "\"d\"\"e\"", " f", "g ", "é", "12", "h\"i", "", "x-y"]
        var generator = SplitMix(state: 3)
        func any(of texts: [String]) -> String {
            texts[Int(generator.next() % UInt64(texts.count))]
        }
        let roles: [CSV.Role] = [.number, .text, .ignored, .number, .text, .number]
        for lineEnd in ["\n", "\r\n", "\r"] {
            let fields = (0..<500).map { _ in
                roles.map { any(of: $0 == .number ? numbers : words) }
            }
            func read(_ delimiter: Character, pieceSize: Int) throws -> [CSV.Row] {
                let text = fields.map { $0.joined(separator: "\(delimiter)") + lineEnd }.joined()
                var csv = CSV(ByteStream(Array(text.utf8), name: "data.csv", pieceSize: pieceSize))
                let options = TableOptions(hasHeader: false, delimiter: delimiter.asciiValue)
                guard try csv.begin(options) else { return [] }
                var rows: [CSV.Row] = []
                try csv.readRows(roles: roles, missing: .drop) { rows.append($0) }
                return rows
            }
            let careful = try read("~", pieceSize: .max)
            #expect(careful.count == 500 && Set(careful.map(\.isWhole)).count == 2)
            for (delimiter, pieceSize) in [(",", Int.max), (",", 100), ("\t", 7)]
                as [(Character, Int)]
            {
                let rows = try read(delimiter, pieceSize: pieceSize)
                #expect(rows.count == careful.count)
                for (row, expected) in zip(rows, careful) {
                    #expect(row.numbers.map(\.bitPattern) == expected.numbers.map(\.bitPattern))
                    #expect(row.texts == expected.texts && row.isWhole == expected.isWhole)
                }
            }
        }
    }

    @Test(arguments: ["-", ".", "-.", "--1", "1.2.3", "1-2", "1,000.5"])
    func almostNumbersAreRefused(text: String) {
        expectDataError(saying: "line 2, column") { _ = try rows("1,2\n\(text),4\n") }
    }

    @Test func doubledQuotationMarksAreOne() throws {
        let text = "\"a \"\"b\"\"\",\"\"\"\"\n\"\"\"x\"\"\"\"y\",1\n"
        var csv = CSV(ByteStream(Array(text.utf8), name: "data.csv", pieceSize: 3))
        #expect(try csv.begin(TableOptions(hasHeader: true)))
        #expect(csv.header == ["a \"b\"", "\""] && csv.sample == [["\"x\"\"y", "1"]])
    }

    static let malformed = [
        Malformed("after the separator", "sep=;\n1;2\n3;x\n", "line 3, column 2: \"x\""),
        Malformed("short row", "1,2,3\n4,5\n", "line 2, column 2: the row has 2 fields"),
        Malformed("long row", "a,b\n1,2\n\n3,4,x,5\n", "line 4, column 4: the row has 4 fields"),
        Malformed("word", "1,2\n3,four\n", "line 2, column 2: \"four\" is not a number"),
        Malformed("missing", "1,,3\n", "line 1, column 2: the field is empty"),
        Malformed("missing at the end", "1,2\n3,", "line 2, column 2: the field is empty"),
        Malformed("NaN", "1,2\nnan,4\n", "line 2, column 1: \"nan\" stands for a missing value"),
        Malformed(
            "NaN in the first line", "nan,2\n",
            "line 1, column 1: \"nan\" stands for a missing value"),
        Malformed("infinity", "1,2\r\n3,-inf\r\n", "line 2, column 2: \"-inf\" is not a finite"),
        Malformed("beyond floats", "1,1e39\n", "\"1e39\" is not a finite 32-bit float"),
        Malformed("quote", "1,2\n\"3,4\n5,6\n", "line 2, column 1: a quotation mark is never"),
        Malformed("after a quote", "1,2\n\"3\"x,4\n", "line 2, column 1: a closing quotation"),
        Malformed("zeros", "1,2\n\0\0,3\n", "\"\\u{0}\\u{0}\" is no text"),
        Malformed(
            "no UTF-8", [0x31, 0x2C, 0x32, 0x0A, 0xFF, 0xFE, 0x2C, 0x31], "line 2, column 1"),
        Malformed(
            "long field", "1,2\n3,\(String(repeating: "x", count: 9999))\n",
            "\"\(String(repeating: "x", count: 40))\"… is not a number"),
    ]

    @Test(arguments: malformed)
    func malformedTablesAreRefusedInTheSameWordsWholeAndInPieces(case malformed: Malformed) {
        for size in [.max, 1, 2, 5] {
            expectDataError(saying: "data.csv", malformed.sentence) {
                _ = try rows(ByteStream(malformed.bytes, name: "data.csv", pieceSize: size))
            }
        }
    }

    @Test func mutationsLoadOrAreRefused() throws {
        let valid = Array("a,b,label\n1.5,\"2\",0\r\n-3,4e2,1\n12,7,1\n".utf8)
        let loaded = try loadable(of: 3000, from: valid) { bytes in
            _ = try rows(ByteStream(bytes, name: "data.csv"))
        }
        #expect((1..<3000).contains(loaded))
    }
}
