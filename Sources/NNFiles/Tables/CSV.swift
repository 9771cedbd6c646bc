/// A reader of comma-separated values that knows the line and the column it stands at.
///
/// RFC 4180, with a UTF-8 byte order mark, any line ending, other separators and blanks around fields let through. It
/// holds a few rows at a time.
package struct CSV {
    /// What is done with a column.
    package enum Role: Sendable {
        /// Its numbers are read; what is missing is NaN where rows may be left out.
        case number
        /// Its text is read.
        case text
        /// It is passed over.
        case ignored
    }

    /// What a row says.
    package struct Row {
        /// The numbers of the columns that have such, in their order; those that are missing are NaN.
        package internal(set) var numbers: [Float] = []
        /// The texts of the columns that have such, in their order.
        package internal(set) var texts: [String] = []
        /// False for a row that is to be left out, as a value is missing.
        package internal(set) var isWhole = true

        mutating func removeAll() {
            numbers.removeAll(keepingCapacity: true)
            texts.removeAll(keepingCapacity: true)
            isWhole = true
        }
    }

    /// The bytes of one field, without quotation marks and blanks around it, and its place.
    struct Field {
        let bytes: Range<Int>
        /// Whether quotation marks in it are doubled.
        let isEscaped: Bool
        let line: Int
        let column: Int
        let endsRow: Bool
    }

    /// The names of the columns, or nil if the file begins with numbers.
    package internal(set) var header: [String]?
    /// The number of fields of every row.
    package internal(set) var columnCount = 0
    /// The fields of some of the first rows, without the names.
    package internal(set) var sample: [[String]] = []

    /// The bytes that a row may have: what never ends is no table.
    static let rowLimit = 1 << 24

    var stream: ByteStream
    var delimiter: UInt8
    /// Some rows and the beginning of the next, or all that is left.
    var bytes: [UInt8] = []
    var isLast = false
    var position = 0
    var line = 1
    var column = 1
    /// Those of the row that was found last.
    var fields: [Field] = []

    package init(_ stream: ByteStream) {
        self.init(stream, delimiter: TableDialect.delimiters[0])
    }

    init(_ stream: ByteStream, delimiter: UInt8) {
        self.stream = stream
        self.delimiter = delimiter
    }

    /// Returns the next field, or nil at the end; lines with nothing on them are passed over.
    mutating func next() throws(DataError) -> Field? {
        skipBlanks()
        while column == 1, position < bytes.count, isLineEnd(bytes[position]) {
            skipLineEnd()
            skipBlanks()
        }
        // A comma before the end of the file still has an empty field behind it.
        guard position < bytes.count || column > 1 else { return nil }
        let (content, isEscaped) = try scanContent()
        let field = (line: line, column: column)
        let endsRow = position == bytes.count || bytes[position] != delimiter
        if !endsRow {
            position += 1
            column += 1
        } else {
            column = 1
            if position < bytes.count { skipLineEnd() }
        }
        return Field(
            bytes: content, isEscaped: isEscaped, line: field.line, column: field.column,
            endsRow: endsRow)
    }

    func text(of field: Field) -> String {
        guard field.isEscaped else { return String(decoding: bytes[field.bytes], as: UTF8.self) }
        // Whoever writes two quotation marks between two means one.
        var content: [UInt8] = []
        var isSecond = false
        for byte in bytes[field.bytes] {
            isSecond = byte == UInt8(ascii: "\"") && !isSecond
            if byte != UInt8(ascii: "\"") || isSecond { content.append(byte) }
        }
        return String(decoding: content, as: UTF8.self)
    }

    func error(_ problem: DataError.CSVProblem, at field: Field) -> DataError {
        .csv(file: stream.name, line: field.line, column: field.column, problem)
    }

    /// Passes over one field up to its comma, line end or the end of the file.
    private mutating func scanContent() throws(DataError) -> (bytes: Range<Int>, isEscaped: Bool) {
        guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
            let start = position
            while position < bytes.count, bytes[position] != delimiter,
                !isLineEnd(bytes[position])
            {
                position += 1
            }
            var end = position
            while end > start, isBlank(bytes[end - 1]) { end -= 1 }
            return (start..<end, false)
        }
        let opening = DataError.csv(file: stream.name, line: line, column: column, .unclosedQuote)
        position += 1
        let start = position
        var isEscaped = false
        while position < bytes.count {
            if bytes[position] == UInt8(ascii: "\"") {
                guard position + 1 < bytes.count, bytes[position + 1] == UInt8(ascii: "\"") else {
                    break
                }
                isEscaped = true
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
            position == bytes.count || bytes[position] == delimiter
                || isLineEnd(bytes[position])
        else { throw .csv(file: stream.name, line: line, column: column, .textAfterQuote) }
        return (content, isEscaped)
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

    func isLineEnd(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
    }

    func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || (byte == UInt8(ascii: "\t") && byte != delimiter)
    }
}
