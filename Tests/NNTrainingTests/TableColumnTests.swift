import NNFiles
import NNModel
import TestSupport
import Testing

@testable import NNTraining

/// Which numbers of a table are the features, and whether its first row is one of them: as pandas 3.1, NumPy 2.4 and
/// R 4.2 wrote them, in a fresh search.
@Suite struct TableColumnTests {
    private func dataset(
        _ text: String, _ options: TableOptions = TableOptions()
    ) throws -> Dataset {
        try Dataset(csv: ByteStream(Array(text.utf8), name: "data.csv", pieceSize: 5), options)
    }

    /// Rows as `DataFrame.to_csv()` writes them of fractions.
    private static let rows = (0..<6).map { "\($0).5,0.\($0 + 1),\($0).25" }
    private static let indexed = rows.enumerated().map { "\($0 * 7 % 5),\($1)" }

    private static func table(_ head: String, _ rows: [String]) -> String {
        ([head] + rows).joined(separator: "\n") + "\n"
    }

    // MARK: - Names

    /// `DataFrame(x).to_csv()`: the names 0, 1, 2 above an index.
    @Test func numbersAboveAnIndexAreNames() throws {
        let dataset = try dataset(Self.table(",0,1,2", Self.indexed))
        #expect(dataset.count == 6 && dataset.sampleShape == [2])
        #expect(dataset.allTargets[0].source == "2" && dataset.targets[1] == 1.25)
        #expect(dataset.inputs[0].columns == ["0", "1"])
    }

    /// `pandas.concat([x, y], axis=1)` of two frames without names, a pivot by year, numbers from 1, and thresholds.
    @Test(arguments: ["0,1,0", "2019,2020,2021", "1,2,3", "0.5,1.5,2.5", ",2019,2020,2021"])
    func numbersThatMayBeNamesAreAskedFor(head: String) throws {
        let text = Self.table(head, head.hasPrefix(",") ? Self.indexed : Self.rows)
        expectDataError(saying: "line 1", "may be names or a sample") { _ = try dataset(text) }
        #expect(try dataset(text, TableOptions(hasHeader: true)).count == 6)
        guard !head.hasPrefix(",") else { return }
        #expect(try dataset(text, TableOptions(hasHeader: false)).count == 7)
    }

    /// A sample may have whole numbers where others have fractions, and other samples have whole ones too.
    @Test(arguments: ["1.0,2.0,3.5", "7.25,0.5,1", "-1,4.5,0"])
    func samplesAreNoNames(head: String) throws {
        #expect(try dataset(Self.table(head, Self.rows)).count == 7)
        #expect(try dataset("1,2,0\n3,4,1\n5,6,0\n7,8,1\n9,1,0\n2,3,1\n").count == 6)
    }

    @Test func wordsWithQuotationMarksAreWhatWasMeant() throws {
        let dataset = try dataset(
            "a,kind\n1,\"say \"\"hi\"\"\"\n2,\"x, y\"\n3,\"say \"\"hi\"\"\"\n")
        #expect(dataset.classNames == ["say \"hi\"", "x, y"] && dataset.targets == [0, 1, 0])
    }

    /// `write.csv(format(d))` of R fills numbers up with blanks, in quotation marks.
    @Test func filledUpNumbersAreNumbers() throws {
        let dataset = try dataset("\"a\",\"y\"\n\" 1.5\",\" 2.5e+00\"\n\"10.5\",\"-2.5e+00\"\n")
        #expect(dataset.features == .floats([1.5, 10.5]) && dataset.targets == [2.5, -2.5])
    }

    // MARK: - Which columns

    /// A `MultiIndex` without names takes as many columns.
    @Test func severalIndicesAreLeftOut() throws {
        let dataset = try dataset(",,a,y\n0,0,1.5,2.5\n0,1,2.5,3.5\n1,0,4.5,1.5\n")
        #expect(dataset.features == .floats([1.5, 2.5, 4.5]) && dataset.remarks.count == 2)
    }

    @Test func columnsAreTakenByTheNamesThatAModelKnows() throws {
        func features(_ text: String, _ columns: [String]) throws -> [Float] {
            Array(try dataset(text, TableOptions(columns: columns)).features)
        }
        #expect(try features("a,b,y\n1,2,0.5\n3,4,1.5\n", ["b", "a"]) == [2, 1, 4, 3])
        // What a model takes is not its target, wherever that stands.
        let front = try dataset("price,b,a\n9,2,1\n8,4,3\n", TableOptions(columns: ["a", "b"]))
        #expect(front.features == .floats([1, 2, 3, 4]) && front.allTargets[0].source == "price")
        #expect(front.inputs[0].columns == ["a", "b"])
        // Others are left out, also where rows are.
        let more = TableOptions(missing: .drop, columns: ["c", "a"])
        let kept = try dataset("a,b,c,y\n1,2,3,0.5\n4,5,,1.5\n6,7,8,2.5\n", more)
        #expect(kept.features == .floats([3, 1, 8, 6]) && kept.count == 2)
        expectDataError(saying: "lacks \"b\"", "of the columns that the model takes") {
            _ = try features("a,B2,y\n1,2,0\n3,4,1\n", ["a", "b"])
        }
        // Where there are no names, or none of them is known, places decide; the latter is said.
        #expect(try features("1,2,0\n3,4,1\n", ["b", "a"]) == [1, 2, 3, 4])
        let other = try dataset("u,v,y\n1,2,0\n3,4,1\n", TableOptions(columns: ["b", "a"]))
        #expect(other.features == .floats([1, 2, 3, 4]))
        #expect(other.remarks.joined().contains("their order decides"))
    }

    @Test func samplesToPredictAreTakenByName() throws {
        let input = ModelInput("features", [2], columns: ["b", "a"])
        func read(_ text: String) throws -> (numbers: [Float], remarks: [String]) {
            let folder = try TemporaryFolder()
            var stream = try SampleStream(
                [folder.write(Array(text.utf8), as: "x.csv")], for: input)
            let portion = try stream.next(10)
            return (portion.features, portion.remarks)
        }
        #expect(try read("a,b\n1,2\n3,4\n").numbers == [2, 1, 4, 3])
        #expect(try read("id,a,kind,b\n7,1,x,2\n8,3,y,4\n").numbers == [2, 1, 4, 3])
        #expect(try read("1,2\n3,4\n") == ([1, 2, 3, 4], []))
        #expect(try read("u,v\n1,2\n3,4\n").remarks.count == 1)
        expectDataError(saying: "lacks \"b\"") { _ = try read("a,c\n1,2\n3,4\n") }
    }

    @Test func aModelRemembersTheNames() throws {
        let dataset = try dataset("a,b,y\n1,2,0.5\n3,4,1.5\n")
        let network = Network(Linear(2, 1), inputShape: [2]).remembering(samplesOf: dataset)
        let description = ModelDescription(network, task: TrainingTask(MeanSquaredError()))
        let json = try description.json()
        #expect(json.contains(#""columns":["a","b"]"#))
        #expect(try ModelDescription(json: json).network.inputs[0].columns == ["a", "b"])
        for wrong in [#""columns":["a"]"#, #""columns":["a","a"]"#] {
            #expect(throws: ModelError.self) {
                _ = try ModelDescription(json: json.replacing(#""columns":["a","b"]"#, with: wrong))
            }
        }
        // Names that are none, or not of one column alone, are not remembered.
        #expect(try self.dataset("a,a,y\n1,2,0.5\n3,4,1.5\n").inputs[0].columns == nil)
        #expect(try self.dataset("1,2,0.5\n3,4,1.5\n").inputs[0].columns == nil)
    }
}
