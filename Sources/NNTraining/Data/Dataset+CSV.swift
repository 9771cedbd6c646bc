import NNFiles

extension Dataset {
    /// Reads a table of text: one sample a row, with or without a line of column names.
    init(csv path: String, _ options: TableOptions = TableOptions()) throws(DataError) {
        var stream = try ByteStream(contentsOf: path, limit: InputFile.memoryLimit)
        if try stream.peek(2).elementsEqual(Gzip.signature) {
            stream = Gzip.stream(of: stream).limited(to: InputFile.memoryLimit)
        }
        try self.init(csv: stream, options)
    }

    /// Reads the bytes of such a file.
    package init(
        csv stream: ByteStream, _ options: TableOptions = TableOptions()
    ) throws(DataError) {
        let file = stream.name
        var stream = stream
        if let kind = FileKind.of(try stream.peek(FileKind.headSize)) {
            throw .foreign(file: file, kind)
        }
        var csv = CSV(stream)
        guard try csv.begin(options) else { throw .noSamples(file) }
        guard csv.columnCount > 1 else {
            throw .csv(file: file, line: 1, column: 1, .noFeatures)
        }
        let columns = try TableColumns(of: csv, options, file: file)
        var rows = TableRows(columns)
        try csv.readRows(roles: columns.roles, missing: options.missing) { rows.append($0) }
        try self.init(rows, columns, file: file)
    }

    private init(
        _ rows: TableRows, _ columns: TableColumns, file: String
    ) throws(DataError) {
        var (targets, kind, classNames) = ([Float](), TargetKind.numbers, [String]?.none)
        if columns.targets.count == 1, let texts = rows.texts[columns.targets[0]] {
            if let numbers = Self.numbers(texts) {
                targets = numbers
                kind = TargetKind(of: numbers, areWhole: texts.allSatisfy { Int($0) != nil })
            } else {
                let names = Set(texts).sorted()
                let words = Set(names.filter { FieldKind.of($0).kind != .number })
                if words.count < names.count, !columns.isTargetGiven,
                    let word = texts.first(where: words.contains)
                {
                    throw .mixedTarget(
                        file: file, column: columns.name(of: columns.targets[0]), word: word,
                        words: texts.count(where: words.contains), count: texts.count)
                }
                if !columns.isTargetGiven, names.count > 20, texts.count < 2 * names.count {
                    throw .tooManyWords(
                        file: file, column: columns.name(of: columns.targets[0]),
                        distinct: names.count, count: texts.count)
                }
                let places = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
                targets = texts.map { Float(places[$0] ?? 0) }
                (kind, classNames) = (.classes, names)
            }
        } else {
            // Several numbers of each sample.
            for row in 0..<rows.count {
                for column in columns.targets {
                    let text = rows.texts[column]?[row] ?? ""
                    guard let value = FieldKind.of(text).number else {
                        throw .targetNotNumber(
                            file: file, column: columns.name(of: column), value: text)
                    }
                    targets.append(value)
                }
            }
        }
        var notes = columns.remarks
        if rows.droppedCount > 0 {
            notes.append("\(rows.droppedCount) rows with missing values are left out")
        }
        let missing = rows.features.count(where: \.isNaN)
        if missing > 0 {
            notes.append("\(missing) missing values get the mean of their column")
        }
        try self.init(
            name: file,
            inputs: [
                Input(
                    Self.inputName, .floats(rows.features), sampleShape: [columns.features.count],
                    columns: columns.featureNames)
            ],
            targets: [
                Target(
                    Self.targetName, targets, width: columns.targets.count, kind: kind,
                    source: columns.targets.map(columns.name).joined(separator: ", "))
            ], classNames: classNames, remarks: notes)
    }
}

extension Dataset {
    /// The numbers that all of the texts are, or nil.
    private static func numbers(_ texts: [String]) -> [Float]? {
        var numbers: [Float] = []
        for text in texts {
            let (kind, number) = FieldKind.of(text)
            guard kind == .number, let number else { return nil }
            numbers.append(number)
        }
        return numbers
    }
}

/// What has been read of a table.
private struct TableRows {
    private(set) var features: [Float] = []
    /// The texts of each column that has such.
    private(set) var texts: [Int: [String]]
    private(set) var count = 0
    private(set) var droppedCount = 0
    private let textColumns: [Int]
    private let order: [Int]?

    init(_ columns: TableColumns) {
        textColumns = columns.roles.indices.filter { columns.roles[$0] == .text }
        texts = Dictionary(uniqueKeysWithValues: textColumns.map { ($0, []) })
        order = columns.order
    }

    /// Keeps a row, unless it is to be left out.
    mutating func append(_ row: CSV.Row) {
        guard row.isWhole else {
            droppedCount += 1
            return
        }
        count += 1
        features.append(contentsOf: row.numbers, order)
        for (column, text) in zip(textColumns, row.texts) { texts[column]?.append(text) }
    }
}

extension [Float] {
    /// Appends numbers as they stand, or in an order of their places.
    mutating func append(contentsOf numbers: [Float], _ order: [Int]?) {
        if let order {
            append(contentsOf: order.lazy.map { numbers[$0] })
        } else {
            append(contentsOf: numbers)
        }
    }
}
