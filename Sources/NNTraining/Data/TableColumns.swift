import NNFiles

/// Which columns of a table are features, targets or neither.
struct TableColumns {
    /// What is done with each.
    private(set) var roles: [CSV.Role]
    /// The columns to predict.
    let targets: [Int]
    /// Whether they were named, not guessed.
    let isTargetGiven: Bool
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
        if let index = Self.index(of: csv) {
            roles[index] = .ignored
            remarks.append("column \(index + 1) numbers the rows and is left out")
        }
        for name in options.ignored {
            roles[try Self.column(name, in: csv, file: file)] = .ignored
        }
        if options.targets.isEmpty {
            targets = [try Self.likelyTarget(in: csv, roles, file: file)]
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
    }

    /// What is done with the columns of a table without a target.
    static func featureRoles(of csv: CSV) -> [CSV.Role] {
        let index = index(of: csv)
        return (0..<csv.columnCount).map { $0 == index ? .ignored : .number }
    }

    /// The columns that are features.
    var features: [Int] { roles.indices.filter { roles[$0] == .number } }

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

    /// The column without a name in which pandas counts the rows, if there is one.
    private static func index(of csv: CSV) -> Int? {
        guard let name = csv.header?.first, ["", "Unnamed: 0"].contains(name), csv.columnCount > 2
        else { return nil }
        let numbers = csv.sample.map { $0.first.flatMap { Int($0) } }
        guard let first = numbers.first ?? nil, !numbers.contains(nil) else { return nil }
        return numbers.indices.allSatisfy { numbers[$0] == first + $0 } ? 0 : nil
    }

    private static func likelyTarget(
        in csv: CSV, _ roles: [CSV.Role], file: String
    ) throws(DataError) -> Int {
        let columns = roles.indices.filter { roles[$0] != .ignored }
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
