import NNFiles
import TestSupport
import Testing

import NNModel
@testable import NNTraining

@Suite struct CSVDatasetTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test(arguments: [
        "1,2,0\n3,4,1\n",
        "a,b,c\n1,2,0\n3,4,1\n",
        "a,b,label\n1,2,0\n3,4,1\n",
        "Label,a,b\n0,1,2\n1,3,4\n",
        "a,\"LABEL\",b\n1,0,2\n3,1,4\n",
    ])
    func theTargetIsTheColumnOfLabelsOrTheLast(text: String) throws {
        let dataset = try Dataset(csv: folder.write(Array(text.utf8), as: "data.csv"))
        #expect(dataset.features == .floats([1, 2, 3, 4]))
        #expect(dataset.targets == [0, 1])
        #expect(dataset.sampleShape == [2])
    }

    static let malformed = [
        Malformed("empty", "", "is empty"),
        Malformed("mark only", "\u{FEFF}", "is empty"),
        Malformed("blank lines", "\n \r\n\t\n", "is empty"),
        Malformed("header only", "a,b,label\n", "is empty"),
        Malformed("one column", "1\n2\n", "line 1, column 1: there is one column only"),
        Malformed("colons", "1:2:3\n4:5:6\n", "line 1, column 1: there is one column only"),
        Malformed("word", "1,2\n3,four\n", "is a word in 1 of 2 rows, such as \"four\""),
    ]

    @Test(arguments: malformed)
    func malformedFilesAreRefused(case malformed: Malformed) {
        expectDataError(saying: "data.csv", malformed.sentence) {
            _ = try Dataset(csv: folder.write(malformed.bytes, as: "data.csv"))
        }
        for size in [1, 2, 5] {
            expectDataError(saying: "data.csv", malformed.sentence) {
                _ = try Dataset(
                    csv: ByteStream(malformed.bytes, name: "data.csv", pieceSize: size))
            }
        }
    }

    @Test func mutationsLoadOrAreRefused() throws {
        let valid = Array("a,b,label\n1.5,\"2\",0\r\n-3,4e2,1\n12,7,1\n".utf8)
        let loaded = try loadable(of: 3000, from: valid) { bytes in
            _ = try Dataset(csv: folder.write(bytes, as: "data.csv"))
        }
        #expect((1..<3000).contains(loaded))
    }
}
