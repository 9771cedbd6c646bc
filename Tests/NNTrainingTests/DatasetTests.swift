import NNModel
import NNTraining
import TestSupport
import Testing

@Suite struct DatasetTests {
    private func dataset(targets: [Float], width: Int = 1, names: [String]? = nil) throws -> Dataset
    {
        try Dataset(
            name: "set", features: [Float](repeating: 0, count: targets.count / width),
            sampleShape: [1], targets: targets, targetWidth: width, classNames: names)
    }

    @Test func classesAreCountedByLabelAndByName() throws {
        #expect(try dataset(targets: [0, 4, 2]).classCount == 5)
        #expect(try dataset(targets: [0, 1], names: ["a", "b", "c"]).classCount == 3)
        let split = try DatasetSplit(
            train: dataset(targets: [0, 1]), test: dataset(targets: [6]))
        #expect(try split.classCount == 7)
    }

    @Test(arguments: [-1, 0.5, 0x1p24, .infinity, .nan] as [Float])
    func targetsThatAreNoLabelsAreNamed(value: Float) {
        expectDataError(saying: "Sample 2 of set has the target \(value)", "class label") {
            _ = try dataset(targets: [0, 1, value, -7]).classLabels()
        }
    }

    @Test func severalTargetsAreNoLabels() {
        expectDataError(saying: "set has 2 targets a sample") {
            _ = try dataset(targets: [0, 1], width: 2).classCount
        }
    }

    @Test(
        arguments: [
            ([], [2], [], 1, "is empty"),
            ([1, 2], [2], [1], 0, "is empty"),
            ([1, 2], [2], [1, 2], 1, "do not fill whole samples"),
            ([1, 2], [1], [1, 2, 3], 2, "do not fill whole samples"),
            ([1, 2], [.max, 4], [1], 1, "do not fill whole samples"),
        ] as [([Float], [Int], [Float], Int, String)])
    func partsThatDoNotFitAreRefused(
        features: [Float], shape: [Int], targets: [Float], width: Int, sentence: String
    ) {
        expectDataError(saying: "set", sentence) {
            _ = try Dataset(
                name: "set", features: features, sampleShape: shape, targets: targets,
                targetWidth: width)
        }
    }
}
