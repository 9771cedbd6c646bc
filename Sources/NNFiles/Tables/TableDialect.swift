/// How a table separates fields and whether names stand in its first row, as far as its first rows tell.
struct TableDialect {
    /// What separates fields.
    let delimiter: UInt8
    /// Whether the first row has names; nil where it may or may not.
    let hasHeader: Bool?
    /// The fields of the first rows.
    let rows: [[String]]

    /// What may separate fields; the first is taken where nothing tells.
    static let delimiters = [",", ";", "\t", "|"].map { UInt8(ascii: $0) }
    /// How many rows are looked at.
    static let rowCount = 100

    /// Looks at the first rows of a table: whole ones, or all there are.
    init(of sample: [UInt8], _ options: TableOptions) {
        var best: (score: Double, delimiter: UInt8, rows: [[String]])?
        for delimiter in options.delimiter.map({ [$0] }) ?? Self.delimiters {
            let rows = Self.rows(of: sample, delimiter)
            let score = Self.score(of: rows, delimiter: delimiter)
            if score > best?.score ?? -1 { best = (score, delimiter, rows) }
        }
        delimiter = best?.delimiter ?? Self.delimiters[0]
        rows = best?.rows ?? []
        hasHeader = options.hasHeader ?? Self.hasHeader(rows)
    }

    private static func rows(of sample: [UInt8], _ delimiter: UInt8) -> [[String]] {
        var csv = CSV(ByteStream(sample, name: ""), delimiter: delimiter)
        var rows: [[String]] = []
        while rows.count < rowCount, let row = try? csv.nextTexts() { rows.append(row) }
        return rows
    }

    /// 0 for a table of one column; otherwise up to 2, for rows of one length and for numbers in them.
    private static func score(of rows: [[String]], delimiter: UInt8) -> Double {
        guard let first = rows.first, first.count > 1,
            rows.joined().contains(where: { !$0.isEmpty })
        else { return 0 }
        let alike = Double(rows.count { $0.count == first.count }) / Double(rows.count)
        let fields = (rows.count > 1 ? rows.dropFirst() : rows[...]).joined()
        // Where something else separates, a comma may be decimal.
        let numbers = fields.count { text in
            FieldKind.of(text).number != nil
                || (delimiter != delimiters[0] && FieldKind.hasDecimalComma(text))
        }
        return alike + Double(numbers) / Double(max(1, fields.count))
    }

    /// Names stand above numbers and have none beside them; the names that pandas makes up are numbers that count up.
    private static func hasHeader(_ rows: [[String]]) -> Bool? {
        guard let first = rows.first?.map({ FieldKind.of($0).kind }) else { return false }
        let others = rows.dropFirst()
        guard !others.isEmpty else {
            // What is missing may also be a column without a name.
            return first.contains(.word) && first.allSatisfy { $0 == .word || $0 == .missing }
        }
        let isAboveNumbers = first.indices.contains { column in
            let below = others.compactMap { row in
                row.indices.contains(column) ? FieldKind.of(row[column]).kind : nil
            }.filter { $0 != .missing }
            return first[column] == .word && !below.isEmpty
                && below.allSatisfy { $0 == .number || $0 == .boolean }
        }
        if isAboveNumbers { return first.contains(.number) ? nil : true }
        return namesAreNumbers(rows[0], above: Array(others))
    }

    /// Whether a row of numbers has the names that pandas makes up where people give none; nil where it may.
    private static func namesAreNumbers(_ first: [String], above rows: [[String]]) -> Bool? {
        // Above the column that counts the rows there is nothing.
        let hasIndex =
            first.count > 1 && first[0].isEmpty
            && rows.allSatisfy { $0.first.map { Int($0) != nil } ?? true }
        let names = first.dropFirst(hasIndex ? 1 : 0)
        let areCounted = names.count > 1 && zip(names, 0...).allSatisfy { $0 == "\($1)" }
        if hasIndex, areCounted { return true }
        if areCounted {
            if rows.joined().contains(where: { $0.contains(".") }) { return true }
            // Whole numbers below may go on where these stop.
            return first.count < 4 ? false : nil
        }
        if hasIndex, names.allSatisfy({ FieldKind.of($0).kind == .number }) { return nil }
        // A row of whole numbers above fractions may have names such as years, and so may one that counts in steps of 1.
        guard rows.count >= 5, names.count > 1 else { return false }
        let fractions = first.indices.count { column in
            rows.allSatisfy { $0.indices.contains(column) && $0[column].contains(".") }
        }
        let values = names.map { FieldKind.of($0).number ?? .nan }
        let areWhole = names.allSatisfy { Int($0) != nil }
        let areSteps = zip(values, values.dropFirst()).allSatisfy { $1 - $0 == 1 }
        let mayBeNames =
            areWhole && 2 * fractions >= names.count || areSteps && fractions == names.count
        return mayBeNames ? nil : false
    }
}
