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
        try csv.readRows(
            roles: columns.roles, missing: options.missing,
            number: { value, _ in rows.features.append(value) },
            text: { text, column in rows.texts[column, default: []].append(text) },
            endRow: { isWhole in rows.endRow(isWhole) })
        try self.init(rows, columns, file: file)
    }

    private init(
        _ rows: TableRows, _ columns: TableColumns, file: String
    ) throws(DataError) {
        let width = columns.features.count
        var (targets, kind, classNames) = ([Float](), TargetKind.numbers, [String]?.none)
        if columns.targets.count == 1, let texts = rows.texts[columns.targets[0]] {
            let numbers = texts.compactMap { text -> Float? in
                let (kind, number) = FieldKind.of(text)
                return kind == .number ? number : nil
            }
            if numbers.count == texts.count {
                targets = numbers
                kind = TargetKind(of: numbers, areWhole: texts.allSatisfy { Int($0) != nil })
            } else {
                if !numbers.isEmpty, !columns.isTargetGiven,
                    let word = texts.first(where: { FieldKind.of($0).kind != .number })
                {
                    throw .mixedTarget(
                        file: file, column: columns.name(of: columns.targets[0]), word: word,
                        words: texts.count - numbers.count, count: texts.count)
                }
                let names = Set(texts).sorted()
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
                    Self.inputName, .floats(rows.features), sampleShape: [width],
                    columns: columns.featureNames)
            ],
            targets: [
                Target(
                    Self.targetName, targets, width: columns.targets.count, kind: kind,
                    source: columns.targets.map(columns.name).joined(separator: ", "))
            ], classNames: classNames, remarks: notes)
    }
}

/// What has been read of a table.
private struct TableRows {
    var features: [Float] = []
    var texts: [Int: [String]] = [:]
    private(set) var count = 0
    private(set) var droppedCount = 0
    private let width: Int
    private let order: [Int]?

    init(_ columns: TableColumns) {
        width = columns.features.count
        order = columns.order
    }

    /// Keeps the row that was read, or forgets it.
    mutating func endRow(_ isWhole: Bool) {
        guard !isWhole else {
            count += 1
            if let order { features.putLast(in: order) }
            return
        }
        droppedCount += 1
        features.removeLast(width)
        for column in texts.keys { texts[column]?.removeLast() }
    }
}

extension [Float] {
    /// Brings the last of the numbers into an order of their places.
    mutating func putLast(in order: [Int]) {
        let start = count - order.count
        replaceSubrange(start..., with: order.map { self[start + $0] })
    }
}
