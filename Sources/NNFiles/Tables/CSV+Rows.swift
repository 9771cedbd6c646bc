extension CSV {
    /// Learns from the first rows what the columns are.
    ///
    /// - Parameters:
    ///   - options: What the rows need not tell.
    ///   - rowCount: How many rows to wait for before that.
    /// - Returns: Whether there is anything in the file.
    /// - Throws: ``DataError/csv(file:line:column:_:)`` where it is not clear whether the first row has names.
    package mutating func begin(
        _ options: TableOptions = TableOptions(), lookingAt rowCount: Int = 100
    ) throws(DataError) -> Bool {
        let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
        if try stream.peek(3).elementsEqual(byteOrderMark) { stream.skip(3) }
        for mark: [UInt8] in [[0xFF, 0xFE], [0xFE, 0xFF]]
        where try stream.peek(2).elementsEqual(mark) {
            throw .wrongFormat(
                file: stream.name, expected: "text in UTF-8, but with UTF-16's byte order mark")
        }
        var options = options
        if let named = try namedDelimiter() { options.delimiter = options.delimiter ?? named }
        let dialect = TableDialect(of: try firstRows(rowCount), options)
        delimiter = dialect.delimiter
        guard let first = dialect.rows.first else {
            // Nothing, or something wrong with the first row.
            return try nextTexts() != nil
        }
        columnCount = first.count
        guard let hasHeader = dialect.hasHeader else {
            throw .csv(file: stream.name, line: 1, column: 1, .unclearHeader(first))
        }
        sample = Array(hasHeader ? dialect.rows.dropFirst() : dialect.rows[...])
        if hasHeader {
            header = try nextTexts()
            // NumPy writes names as a comment.
            if let name = header?.first, name.hasPrefix("# ") {
                header?[0] = String(name.dropFirst(2))
            }
        }
        return true
    }

    /// Passes over a first line such as `sep=;`, by which Excel is told what separates fields, and returns that.
    private mutating func namedDelimiter() throws(DataError) -> UInt8? {
        let head = Array(try stream.peek(7))
        guard head.count > 5, head.starts(with: Array("sep=".utf8)), isLineEnd(head[5]) else {
            return nil
        }
        stream.skip(head.count > 6 && head[5] != head[6] && isLineEnd(head[6]) ? 7 : 6)
        line += 1
        return head[4]
    }

    /// So many of the first rows, or a piece of them if they are long, which stay in the stream.
    private mutating func firstRows(_ count: Int) throws(DataError) -> [UInt8] {
        var size = 4096
        while true {
            let bytes = try stream.peek(size)
            let lineEnd = bytes.lastIndex(where: isLineEnd)
            let lines = bytes.count { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
            if bytes.count < size { return Array(bytes) }
            if let lineEnd, lines > count || size >= 1 << 20 { return Array(bytes[...lineEnd]) }
            if size >= Self.rowLimit { return Array(bytes) }
            size *= 2
        }
    }

    /// The fields of the next row as text; nil at the end.
    mutating func nextTexts() throws(DataError) -> [String]? {
        try readFields() ? fields.map { text(of: $0) } : nil
    }

    /// Reads up to so many rows.
    ///
    /// - Parameters:
    ///   - limit: The most rows.
    ///   - roles: What is done with each column.
    ///   - missing: What becomes of missing values and of their rows.
    ///   - take: Takes each row.
    /// - Throws: ``DataError``.
    package mutating func readRows(
        _ limit: Int = .max, roles: [Role], missing: MissingValues = .refuse,
        _ take: (_ row: Row) -> Void
    ) throws(DataError) {
        var row = Row()
        for _ in 0..<limit {
            row.removeAll()
            if let end = plainRow(roles, &row) {
                position = end
                line += 1
            } else {
                row.removeAll()
                guard try readFields() else { return }
                try fill(&row, roles, missing)
            }
            take(row)
        }
    }

    /// Reads what the fields of a row say.
    private func fill(
        _ row: inout Row, _ roles: [Role], _ missing: MissingValues
    ) throws(DataError) {
        for field in fields.prefix(columnCount) {
            switch roles[field.column - 1] {
            case .ignored: continue
            case .number:
                if let value = try number(in: field, missing) {
                    row.numbers.append(value)
                } else {
                    row.numbers.append(.nan)
                    if missing == .drop { row.isWhole = false }
                }
            case .text:
                let own = text(of: field)
                if FieldKind.of(own).kind == .missing {
                    // What is to be predicted is not made up.
                    guard missing == .drop else { throw error(.missing(own), at: field) }
                    row.isWhole = false
                }
                if !FieldKind.isText(own) { throw error(.notText(own), at: field) }
                row.texts.append(own)
            }
        }
        if let last = fields.last, fields.count != columnCount {
            let problem = DataError.CSVProblem.fieldCount(
                expected: columnCount, found: fields.count)
            throw error(problem, at: last)
        }
    }

    /// The number in a field, or nil if it is missing and that is let through.
    private func number(
        in field: Field, _ missing: MissingValues
    ) throws(DataError) -> Float? {
        let text = text(of: field)
        let (kind, value) = FieldKind.of(text)
        if let value { return value }
        switch kind {
        case .missing:
            guard missing != .refuse else { throw error(.missing(text), at: field) }
            return nil
        case .malformed where !FieldKind.isText(text): throw error(.notText(text), at: field)
        case .malformed where Float(text) != nil: throw error(.notFinite(text), at: field)
        default: throw error(.notANumber(text), at: field)
        }
    }

    /// Finds the fields of the next row; returns false at the end.
    private mutating func readFields() throws(DataError) -> Bool {
        while true {
            let start = (position: position, line: line)
            fields.removeAll(keepingCapacity: true)
            do throws(DataError) {
                while fields.last?.endsRow != true, let field = try next() { fields.append(field) }
            } catch {
                guard position == bytes.count, !isLast else { throw error }
            }
            // Where the bytes end, the row may go on in those that follow, and so may its last number.
            if position < bytes.count || isLast { return !fields.isEmpty }
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
}
