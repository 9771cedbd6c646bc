/// A reader of comma-separated numbers that knows the line and the column it stands at.
///
/// RFC 4180, with a UTF-8 byte order mark, any line ending and blanks around fields let through. It
/// holds a few rows at a time.
package struct CSV {
    /// The bytes of one field, without quotation marks and blanks around it, and its place.
    struct Field {
        let bytes: Range<Int>
        let line: Int
        let column: Int
        let endsRow: Bool
    }

    /// The names of the columns, or nil if the file begins with numbers.
    package private(set) var header: [String]?
    /// The number of fields of every row.
    package private(set) var columnCount = 0

    /// The bytes that a row may have: what never ends is no table.
    private static let rowLimit = 1 << 24

    private var stream: ByteStream
    /// Some rows and the beginning of the next, or all that is left.
    private var bytes: [UInt8] = []
    private var isLast = false
    private var position = 0
    private var line = 1
    private var column = 1
    private var row: [Field] = []
    private var isRowWaiting = false

    package init(_ stream: ByteStream) {
        self.stream = stream
    }

    /// Returns the next field, or nil at the end; lines with nothing on them are passed over.
    private mutating func next() throws(DataError) -> Field? {
        skipBlanks()
        while column == 1, position < bytes.count, isLineEnd(bytes[position]) {
            skipLineEnd()
            skipBlanks()
        }
        // A comma before the end of the file still has an empty field behind it.
        guard position < bytes.count || column > 1 else { return nil }
        let content = try scanContent()
        let field = (line: line, column: column)
        let endsRow = position == bytes.count || bytes[position] != UInt8(ascii: ",")
        if !endsRow {
            position += 1
            column += 1
        } else {
            column = 1
            if position < bytes.count { skipLineEnd() }
        }
        return Field(bytes: content, line: field.line, column: field.column, endsRow: endsRow)
    }

    private func text(of field: Field) -> String {
        String(decoding: bytes[field.bytes], as: UTF8.self)
    }

    /// Returns the number in a field, or nil if there is none; it may be infinite or NaN.
    private func number(in field: Field) -> Float? {
        shortDecimal(in: field.bytes) ?? Float(text(of: field))
    }

    /// Returns the number if it has up to seven digits and no exponent, which makes it quick to read.
    ///
    /// `Float` holds such a whole number and such a power of ten exactly (Clinger, 1990), so that
    /// their quotient is as well rounded as `Float(_:)`'s: 0.5 s instead of 2.1 s for 4.7 million.
    private func shortDecimal(in range: Range<Int>) -> Float? {
        var digits: Int32 = 0
        var digitCount = 0
        var scale: Float = 1
        var hasPoint = false
        let isNegative = !range.isEmpty && bytes[range.lowerBound] == UInt8(ascii: "-")
        for byte in bytes[range].dropFirst(isNegative ? 1 : 0) {
            if byte == UInt8(ascii: "."), !hasPoint {
                hasPoint = true
                continue
            }
            let digit = byte &- UInt8(ascii: "0")
            guard digit < 10, digitCount < 7 else { return nil }
            digits = digits * 10 + Int32(digit)
            digitCount += 1
            if hasPoint { scale *= 10 }
        }
        guard digitCount > 0 else { return nil }
        let magnitude = Float(digits) / scale
        return isNegative ? -magnitude : magnitude
    }

    private func error(_ problem: DataError.CSVProblem, at field: Field) -> DataError {
        .csv(file: stream.name, line: field.line, column: field.column, problem)
    }

    /// Passes over one field up to its comma, line end or the end of the file.
    private mutating func scanContent() throws(DataError) -> Range<Int> {
        guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
            let start = position
            while position < bytes.count, bytes[position] != UInt8(ascii: ","),
                !isLineEnd(bytes[position])
            {
                position += 1
            }
            var end = position
            while end > start, isBlank(bytes[end - 1]) { end -= 1 }
            return start..<end
        }
        let opening = DataError.csv(file: stream.name, line: line, column: column, .unclosedQuote)
        position += 1
        let start = position
        while position < bytes.count {
            if bytes[position] == UInt8(ascii: "\"") {
                let isEscaped =
                    position + 1 < bytes.count && bytes[position + 1] == UInt8(ascii: "\"")
                guard isEscaped else { break }
                position += 2
            } else if isLineEnd(bytes[position]) {
                skipLineEnd()
            } else {
                position += 1
            }
        }
        guard position < bytes.count else { throw opening }
        let content = start..<position
        position += 1
        skipBlanks()
        guard
            position == bytes.count || bytes[position] == UInt8(ascii: ",")
                || isLineEnd(bytes[position])
        else { throw .csv(file: stream.name, line: line, column: column, .textAfterQuote) }
        return content
    }

    private mutating func skipBlanks() {
        while position < bytes.count, isBlank(bytes[position]) { position += 1 }
    }

    private mutating func skipLineEnd() {
        let isPair =
            bytes[position] == UInt8(ascii: "\r") && position + 1 < bytes.count
            && bytes[position + 1] == UInt8(ascii: "\n")
        position += isPair ? 2 : 1
        line += 1
    }

    private func isLineEnd(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
    }

    private func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
    }
}

// MARK: - Rows

extension CSV {
    /// Learns from the first row what the columns are; returns false if there is nothing in the file.
    package mutating func begin() throws(DataError) -> Bool {
        let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
        if try stream.peek(3).elementsEqual(byteOrderMark) { stream.skip(3) }
        guard try readRow() else { return false }
        columnCount = row.count
        // An empty field is a missing number rather than a name: a row must not vanish for it.
        if row.contains(where: { !$0.bytes.isEmpty && number(in: $0) == nil }) {
            header = row.map { text(of: $0) }
        } else {
            isRowWaiting = true
        }
        return true
    }

    /// Reads the numbers of up to so many rows.
    package mutating func readRows(
        _ limit: Int = .max, take: (_ value: Float, _ column: Int) -> Void
    ) throws(DataError) {
        for _ in 0..<limit {
            if !isRowWaiting { guard try readRow() else { return } }
            isRowWaiting = false
            for field in row.prefix(columnCount) {
                take(try finiteNumber(in: field), field.column - 1)
            }
            if let last = row.last, row.count != columnCount {
                let problem = DataError.CSVProblem.fieldCount(
                    expected: columnCount, found: row.count)
                throw error(problem, at: last)
            }
        }
    }

    /// Brings the fields of the next row into `row`; returns false at the end.
    private mutating func readRow() throws(DataError) -> Bool {
        while true {
            let start = (position: position, line: line)
            row.removeAll(keepingCapacity: true)
            do throws(DataError) {
                while row.last?.endsRow != true, let field = try next() { row.append(field) }
            } catch {
                guard position == bytes.count, !isLast else { throw error }
            }
            // Where the bytes end, the row may go on in those that follow, and so may its last number.
            if position < bytes.count || isLast { return !row.isEmpty }
            (position, line, column) = (start.position, start.line, 1)
            try extend()
        }
    }

    /// Replaces the rows that have been read by those that follow.
    private mutating func extend() throws(DataError) {
        bytes.removeFirst(position)
        position = 0
        guard bytes.count < Self.rowLimit else {
            throw .csv(
                file: stream.name, line: line, column: 1, .endlessRow(limit: Self.rowLimit))
        }
        // By as much as there is, so that a long row is not gone through over and over.
        let goal = 2 * bytes.count
        repeat {
            let piece = try stream.available()
            stream.skip(piece.count)
            isLast = piece.isEmpty
            bytes += piece
        } while bytes.count < goal && !isLast
    }

    private func finiteNumber(in field: Field) throws(DataError) -> Float {
        guard let value = number(in: field) else {
            throw error(.notANumber(text(of: field)), at: field)
        }
        guard value.isFinite else { throw error(.notFinite(text(of: field)), at: field) }
        return value
    }
}
