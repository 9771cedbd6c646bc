import NNFiles
import TestSupport
import Testing

@testable import NNTraining

/// What is read of tables as people and programs write them: faults.md A3, A4, A6, A7, A12 and section C.
@Suite struct TableDatasetTests {
    private func dataset(
        _ text: String, _ options: TableOptions = TableOptions()
    ) throws -> Dataset {
        try Dataset(csv: ByteStream(Array(text.utf8), name: "data.csv"), options)
    }

    /// What becomes of a table.
    struct Row: CustomTestStringConvertible {
        let name: String
        let text: String
        var options = TableOptions()
        let features: [Float]
        let targets: [Float]
        var kind = TargetKind.classes
        var source = "label"
        var classes: [String]?
        var remark = ""
        var testDescription: String { name }
    }

    static let rows = [
        // Where the target is.
        Row(
            name: "class first", text: "class,a,b\n0,1,2\n1,3,4\n", features: [1, 2, 3, 4],
            targets: [0, 1], source: "class"),
        Row(
            name: "Target, in any case", text: "Target,a\n0,1\n1,3\n", features: [1, 3],
            targets: [0, 1], source: "Target"),
        Row(
            name: "y first", text: "y,a\n0.5,1\n1.5,3\n", features: [1, 3], targets: [0.5, 1.5],
            kind: .numbers, source: "y"),
        Row(
            name: "words in one column", text: "kind,a\nb,1\na,3\nb,2\n", features: [1, 3, 2],
            targets: [1, 0, 1], source: "kind", classes: ["a", "b"]),
        Row(
            name: "the last by default", text: "a,b,c\n1,2,0\n3,4,1\n", features: [1, 2, 3, 4],
            targets: [0, 1], source: "c"),
        Row(
            name: "by name", text: "a,b,label\n1,2,0\n3,4,1\n",
            options: TableOptions(targets: ["a"]),
            features: [2, 0, 4, 1], targets: [1, 3], source: "a"),
        Row(
            name: "by number", text: "1,2,0.5\n3,4,1.5\n", options: TableOptions(targets: ["2"]),
            features: [1, 0.5, 3, 1.5], targets: [2, 4], source: "column 2"),
        Row(
            name: "several", text: "a,u,v\n1,0.5,2\n3,1,4\n",
            options: TableOptions(targets: ["u", "v"]), features: [1, 3], targets: [0.5, 2, 1, 4],
            kind: .numbers, source: "u, v"),
        Row(
            name: "left out", text: "name,a,label\nx,1,0\ny,3,1\n",
            options: TableOptions(ignored: ["name"]), features: [1, 3], targets: [0, 1]),
        // What the target is.
        Row(
            name: "prices", text: "area,price\n1.2,208500\n1.1,181500\n1.4,223500\n",
            features: [1.2, 1.1, 1.4], targets: [208_500, 181_500, 223_500], kind: .numbers,
            source: "price"),
        Row(
            name: "truth", text: "a,label\n1,True\n2,False\n", features: [1, 2], targets: [1, 0],
            classes: ["False", "True"]),
        Row(
            name: "numbers and words by order", text: "a,grade\n1,1\n2,2b\n3,1\n",
            options: TableOptions(targets: ["grade"]), features: [1, 2, 3], targets: [0, 1, 0],
            source: "grade", classes: ["1", "2b"]),
        Row(
            name: "whole with a point", text: "a,label\n1,3.0\n2,5.0\n3,3.0\n",
            features: [1, 2, 3], targets: [3, 5, 3], kind: .numbers),
        // Whether there are names.
        Row(
            name: "pandas' numbers as names", text: "0,1\n0.5,0.25\n0.75,0.125\n",
            features: [0.5, 0.75], targets: [0.25, 0.125], kind: .numbers, source: "1"),
        Row(
            name: "words as labels and no names", text: "5.1,3.5,setosa\n4.9,3,virginica\n",
            features: [5.1, 3.5, 4.9, 3], targets: [0, 1], source: "column 3",
            classes: ["setosa", "virginica"]),
        Row(
            name: "names by order", text: "1,2\n3,0\n", options: TableOptions(hasHeader: true),
            features: [3], targets: [0], source: "2"),
        Row(
            name: "no names by order", text: "0,1\n0.5,1\n",
            options: TableOptions(hasHeader: false),
            features: [0, 0.5], targets: [1, 1], source: "column 2"),
        Row(
            name: "years as names", text: "a,2019,label\n1,2,0\n3,4,1\n",
            options: TableOptions(hasHeader: true), features: [1, 2, 3, 4], targets: [0, 1]),
        // What separates.
        Row(
            name: "semicolons", text: "a;b;label\n1;2;0\n3;4;1\n", features: [1, 2, 3, 4],
            targets: [0, 1]),
        Row(
            name: "tabs", text: "a\tb\tlabel\n1\t2\t0\n3\t4\t1\n", features: [1, 2, 3, 4],
            targets: [0, 1]),
        Row(
            name: "bars", text: "a|b|label\n1|2|0\n3|4|1\n", features: [1, 2, 3, 4],
            targets: [0, 1]),
        Row(
            name: "a comma in a name", text: "\"a,b\";label\n1;0\n3;1\n", features: [1, 3],
            targets: [0, 1]),
        Row(
            name: "by order", text: "a:label\n1:0\n3:1\n",
            options: TableOptions(delimiter: UInt8(ascii: ":")), features: [1, 3], targets: [0, 1]),
        // What else programs write.
        Row(
            name: "pandas' index", text: ",a,label\n0,1,0\n1,3,1\n", features: [1, 3],
            targets: [0, 1], remark: "column 1 has no name"),
        Row(
            name: "pandas' index read and written", text: "Unnamed: 0,a,label\n5,1,0\n6,3,1\n",
            features: [1, 3], targets: [0, 1], remark: "column 1 has no name"),
        Row(
            name: "pandas' index of samples in another order", text: ",a,label\n7,1,0\n2,3,1\n",
            features: [1, 3], targets: [0, 1], remark: "column 1 has no name"),
        Row(
            name: "a nameless column of fractions", text: ",a,label\n0.5,1,0\n0.7,3,1\n",
            features: [0.5, 1, 0.7, 3], targets: [0, 1]),
        Row(
            name: "true features", text: "a,label\nTrue,0\nFALSE,1\n", features: [1, 0],
            targets: [0, 1]),
        Row(
            name: "rows without a value", text: "a,label\n1,0\n,1\n3,1\n4,NA\n?,0\n",
            options: TableOptions(missing: .drop), features: [1, 3], targets: [0, 1],
            remark: "3 rows with missing values"),
    ]

    @Test(arguments: rows) func isWhatWasWritten(_ row: Row) throws {
        let dataset = try dataset(row.text, row.options)
        #expect(dataset.features == .floats(row.features))
        #expect(dataset.targets == row.targets)
        #expect(dataset.allTargets[0].kind == row.kind)
        #expect(dataset.allTargets[0].source == row.source)
        #expect(dataset.classNames == row.classes)
        let remarks = dataset.remarks.joined()
        #expect(row.remark.isEmpty ? remarks.isEmpty : remarks.contains(row.remark), "\(remarks)")
        // However the bytes arrive.
        let pieces = ByteStream(Array(row.text.utf8), name: "data.csv", pieceSize: 3)
        #expect(try Dataset(csv: pieces, row.options).features == dataset.features)
    }

    /// A table that is refused.
    struct Refused: CustomTestStringConvertible {
        let text: String
        let words: [String]
        var options = TableOptions()
        var testDescription: String { text }

        init(_ text: String, _ words: String..., options: TableOptions = TableOptions()) {
            (self.text, self.words, self.options) = (text, words, options)
        }
    }

    /// Few whole numbers in front, many at the end: as in the wine set of the UCI collection.
    private static let labelFirst = (0..<30).map { "\($0 % 3 + 1),0.5,\(300 + $0 * 7)\n" }.joined()

    static let refused = [
        Refused(
            "?,1\n2,3\n4,5\n", "line 1, column 1", "\"?\" stands for a missing value",
            "leave such rows out"),
        Refused("NA,1\n2,3\n", "line 1, column 1", "\"NA\""),
        Refused("\"1,000\",1\n2,3\n", "line 1, column 1", "\"1,000\" is not a number", "1000"),
        Refused("1,2\n3,\n", "line 2, column 2", "the field is empty", "mean"),
        Refused("a;label\n0,5;1\n1,5;0\n", "line 2, column 1", "write 0.5"),
        Refused("a,label\n1\u{0}999,2\n", "line 2, column 1", "no text"),
        Refused("1,two,3\n4,5,6\n", "line 1", "may be names or a sample"),
        Refused("0,1,2,3\n1,2,3,4\n2,3,4,5\n", "line 1", "may be names or a sample"),
        Refused("class,target,a\n0,1,2\n", "\"class\" or \"target\"", "to be predicted"),
        Refused("city,kind,a\nx,y,1\nz,w,2\n", "\"city\" or \"kind\"", "left out"),
        Refused(labelFirst, "\"1\" or \"3\"", "to be predicted"),
        Refused(
            "a,label\n1,0\n", "\"labl\"", "a, label", options: TableOptions(targets: ["labl"])),
        Refused("1,0\n2,1\n", "\"3\"", "1 to 2", options: TableOptions(targets: ["3"])),
        Refused(
            "a,b,c\n1,2,3\n", "named twice", options: TableOptions(targets: ["b", "2"])),
        Refused(
            "a,b,c\n1,x,3\n", "\"x\"", "only one target",
            options: TableOptions(targets: ["b", "c"])),
        Refused("a,b\n1,2\n", "one column", options: TableOptions(targets: ["a"], ignored: ["b"])),
        Refused(
            "1,2\n3,four\n5,6\n", "\"column 2\"", "1 of 3 rows, such as \"four\"", "as the target"),
        Refused(
            "a,name\n" + (0..<30).map { "\($0),w\($0)\n" }.joined(), "30 different words",
            "another target", "leave this one out"),
        Refused(
            "a,name,label\n1,x,0\n2,y,1\n", "line 2, column 2", "\"x\"", "leave the column out"),
    ]

    @Test(arguments: refused) func isRefused(_ table: Refused) {
        let error = #expect(throws: DataError.self) { try dataset(table.text, table.options) }
        let sentence = error?.description ?? ""
        for word in table.words { #expect(sentence.contains(word), "\(sentence)") }
    }

    @Test func gzippedTablesAndOtherEndingsAreTables() throws {
        let folder = try TemporaryFolder()
        let text = Array("a,label\n1,0\n3,1\n".utf8)
        for name in ["x.csv", "x.TSV", "x.txt", "x.data"] {
            let path = try folder.write(text, as: name)
            #expect(try DataSource(path).load(seed: 0).train.targets == [0, 1])
        }
        let path = try folder.write(gzip(text), as: "x.csv.gz")
        #expect(try DataSource(path).load(seed: 0).train.features == .floats([1, 3]))
        let wide = try folder.write([0xFF, 0xFE] + text, as: "utf16.csv")
        expectDataError(saying: "UTF-16") { _ = try DataSource(wide).load(seed: 0) }
    }

    // MARK: - Kinds

    @Test func whatTargetsAre() {
        func kind(_ values: [Float], whole: Bool = true) -> TargetKind {
            TargetKind(of: values, areWhole: whole)
        }
        func times(_ count: Int, _ values: ClosedRange<Int>) -> [Float] {
            (0..<count).flatMap { _ in values.map { Float($0) } }
        }
        #expect(kind([0, 1]) == .classes)
        #expect(kind([-1, 1, 1]) == .classes)
        #expect(kind([0, 1, 1], whole: false) == .classes)
        #expect(kind([3, 5, 3], whole: false) == .numbers)
        #expect(kind([0.5, 1]) == .numbers)
        // What counts for nothing is no class, and no reason to be none.
        #expect(kind([0, 1, -100, 1], whole: false) == .classes)
        #expect(kind([-100, 1, 2, 1, 2]) == .classes)
        #expect(
            kind([-100, 50, 70, 90]) == .numbers && kind([-100, -100], whole: false) == .numbers)
        #expect(kind(times(2, 0...9)) == .classes)
        #expect(kind(times(2, 0...9), whole: false) == .classes)
        #expect(kind(times(2, 1...7)) == .classes)
        #expect(kind(times(2, 0...999)) == .classes)
        // Ages, whether of an integer type or not.
        #expect(kind(times(5, 18...60)) == .unclear(distinct: 43))
        #expect(kind(times(30, 18...60)) == .classes)
        #expect(kind(times(5, 18...60), whole: false) == .numbers)
        #expect(kind(times(1, 18...60)) == .numbers)
        // Rented bicycles an hour.
        #expect(kind(times(20, 1...869)) == .unclear(distinct: 869))
        #expect(kind([208_500, 181_500, 223_500]) == .numbers)
    }

    @Test func valuesThatDoNotCountUpAreNumbered() throws {
        func labelled(_ values: [Float], as known: [String]? = nil) throws -> Dataset {
            let dataset = try Dataset(
                name: "d", features: [Float](repeating: 1, count: values.count), sampleShape: [1],
                targets: values, targetWidth: 1)
            return try DatasetSplit(train: dataset, test: nil).labelled(
                for: CrossEntropy(), as: known
            ).train
        }
        #expect(try labelled([1, 3, 2, 1]).targets == [0, 2, 1, 0])
        #expect(try labelled([1, 3, 2, 1]).classNames == ["1", "2", "3"])
        #expect(try labelled([-1, 1, 1]).targets == [0, 1, 1])
        #expect(try labelled([0, 10_000_000]).classCount == 2)
        // What begins at 0 is what it is, also where a class does not occur.
        #expect(try labelled([0, 3, 1]).targets == [0, 3, 1])
        #expect(try labelled([0, 3, 1]).classNames == nil)
        // PyTorch's label of what counts for nothing.
        #expect(try labelled([1, -100, 2]).targets == [0, -100, 1])
        #expect(try labelled([0, -100, 1]).classCount == 2)
        // As a model knows them.
        #expect(try labelled([3, 2], as: ["1", "2", "3"]).targets == [2, 1])
        expectDataError(saying: "\"4\"", "1, 2, 3") { _ = try labelled([4], as: ["1", "2", "3"]) }
        #expect(try labelled([0, 1], as: ["shirt", "shoe"]).targets == [0, 1])
        // Another loss takes the numbers themselves.
        let numbers = try Dataset(
            name: "d", features: [1, 2], sampleShape: [1], targets: [1, 3], targetWidth: 1)
        let split = try DatasetSplit(train: numbers, test: nil)
        #expect(try split.labelled(for: MeanSquaredError()).train.targets == [1, 3])
    }

    @Test func wordsGetTheLabelsThatAModelKnows() throws {
        let split = try DatasetSplit(train: dataset("a,kind\n1,c\n2,a\n"), test: nil)
        let labelled = try split.labelled(for: CrossEntropy(), as: ["a", "b", "c"]).train
        #expect(labelled.targets == [2, 0] && labelled.classNames == ["a", "b", "c"])
        expectDataError(saying: "\"c\"", "a, b") {
            _ = try split.labelled(for: CrossEntropy(), as: ["a", "b"])
        }
    }
}
