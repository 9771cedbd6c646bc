import NNFiles

/// Which columns of a table are features, targets or neither.
struct TableColumns {
    /// What is done with each.
    private(set) var roles: [CSV.Role]
    /// The columns to predict.
    let targets: [Int]
    /// Whether they were named, not guessed.
    let isTargetGiven: Bool
    /// The columns that are features, in the order in which they are taken.
    private(set) var features: [Int] = []
    /// What people should know of the choice.
    private(set) var remarks: [String] = []
    private let header: [String]?

    /// The names by which people call the target, in any case.
    private static let usualNames = ["label", "class", "target", "y"]

    /// Chooses from what `options` say, from names, and from what the first rows look like.
    ///
    /// - Throws: ``DataError/noColumn(dataset:name:known:)``, or ``DataError/unclearTarget(file:columns:)``.
    init(of csv: CSV, _ options: TableOptions, file: String) throws(DataError) {
        header = csv.header
        isTargetGiven = !options.targets.isEmpty
        roles = [CSV.Role](repeating: .number, count: csv.columnCount)
        for index in Self.indices(of: csv) {
            roles[index] = .ignored
            remarks.append(
                "column \(index + 1) has no name, numbers the rows as it seems, and is left out")
        }
        for name in options.ignored {
            roles[try Self.column(name, in: csv, file: file)] = .ignored
        }
        if options.targets.isEmpty {
            // What a model takes it does not predict.
            let (free, known) = (roles, Set(options.columns ?? []))
            let candidates = free.indices.filter { column in
                free[column] != .ignored && !known.contains(csv.header?[column] ?? "")
            }
            targets = [try Self.likelyTarget(in: csv, candidates, file: file)]
        } else {
            var chosen: [Int] = []
            for name in options.targets {
                let column = try Self.column(name, in: csv, file: file)
                guard !chosen.contains(column) else {
                    throw .repeatedColumn(file: file, name: name)
                }
                chosen.append(column)
            }
            targets = chosen
        }
        for target in targets { roles[target] = .text }
        guard roles.contains(.number) else {
            throw .csv(file: file, line: 1, column: 1, .noFeatures)
        }
        try take(options.columns, of: csv, file: file)
    }

    /// Takes all columns of a table as features, or those that a model takes.
    ///
    /// - Throws: ``DataError/lacksColumns(file:names:)``.
    init(featuresOf csv: CSV, _ known: [String]?, file: String) throws(DataError) {
        (header, targets, isTargetGiven) = (csv.header, [], false)
        roles = [CSV.Role](repeating: .number, count: csv.columnCount)
        for index in Self.indices(of: csv) { roles[index] = .ignored }
        try take(known, of: csv, file: file)
    }

    /// Chooses the features: those that a model takes, in its order, where the table names them.
    private mutating func take(
        _ known: [String]?, of csv: CSV, file: String
    ) throws(DataError) {
        features = roles.indices.filter { roles[$0] == .number }
        guard let known, let first = known.first, let header else { return }
        let places = Dictionary(features.map { (header[$0], $0) }) { first, _ in first }
        let lacking = known.filter { places[$0] == nil }
        guard lacking.count < known.count else {
            remarks.append(
                "no column is called as in training, such as \(first.printable): their order decides"
            )
            return
        }
        guard lacking.isEmpty else { throw .lacksColumns(file: file, names: lacking) }
        features = known.compactMap { places[$0] }
        let taken = Set(features)
        for column in roles.indices where roles[column] == .number && !taken.contains(column) {
            roles[column] = .ignored
        }
    }

    /// Where among the numbers of a row, as they stand in it, each feature is; nil if they are taken as they stand.
    var order: [Int]? {
        let places = features.sorted()
        guard features != places else { return nil }
        let ranks = Dictionary(uniqueKeysWithValues: places.enumerated().map { ($1, $0) })
        return features.compactMap { ranks[$0] }
    }

    /// What the features are called, if all have names of their own.
    var featureNames: [String]? {
        guard let header else { return nil }
        let names = features.map { header[$0] }
        return names.contains("") || Set(names).count < names.count ? nil : names
    }

    /// What a column is called.
    func name(of column: Int) -> String {
        header.flatMap { $0[column].isEmpty ? nil : $0[column] } ?? "column \(column + 1)"
    }

    /// The column of a name, in any case if that is clear, or of a number from 1.
    private static func column(
        _ name: String, in csv: CSV, file: String
    ) throws(DataError) -> Int {
        let names = csv.header ?? []
        if let exact = names.firstIndex(of: name) { return exact }
        let alike = names.indices.filter { names[$0].lowercased() == name.lowercased() }
        if alike.count == 1 { return alike[0] }
        if let number = Int(name), (1...csv.columnCount).contains(number) { return number - 1 }
        throw .noColumn(
            dataset: file, name: name,
            known: names.isEmpty ? ["1 to \(csv.columnCount)"] : names)
    }

    /// The first columns, if they have no names and whole numbers: pandas and R put there what they call rows by.
    private static func indices(of csv: CSV) -> [Int] {
        guard let header = csv.header, !csv.sample.isEmpty else { return [] }
        let indices = header.indices.prefix { column in
            ["", "Unnamed: \(column)"].contains(header[column])
                && csv.sample.allSatisfy { $0.indices.contains(column) && Int($0[column]) != nil }
        }
        return indices.count < csv.columnCount - 1 ? Array(indices) : []
    }

    private static func likelyTarget(
        in csv: CSV, _ columns: [Int], file: String
    ) throws(DataError) -> Int {
        func unclear(_ candidates: [Int]) -> DataError {
            .unclearTarget(
                file: file, columns: candidates.map { csv.header?[$0] ?? "\($0 + 1)" })
        }
        let named = columns.filter { usualNames.contains(csv.header?[$0].lowercased() ?? "") }
        if named.count > 1 { throw unclear(named) }
        if let only = named.first { return only }
        // Features are numbers.
        let words = columns.filter { column in
            csv.sample.contains {
                $0.indices.contains(column) && FieldKind.of($0[column]).kind == .word
            }
        }
        if words.count > 1 { throw unclear(words) }
        if let only = words.first { return only }
        guard let first = columns.first, let last = columns.last else {
            throw .csv(file: file, line: 1, column: 1, .noFeatures)
        }
        // A first column of few whole numbers beside a last one of many is the label more likely than not.
        let kinds = [first, last].map { column in
            TargetKind(
                of: csv.sample.compactMap { $0.indices.contains(column) ? Float($0[column]) : nil },
                areWhole: csv.sample.allSatisfy {
                    !$0.indices.contains(column) || Int($0[column]) != nil
                })
        }
        if first != last, csv.sample.count >= 10, kinds[0] == .classes, kinds[1] != .classes {
            throw unclear([first, last])
        }
        return last
    }
}
