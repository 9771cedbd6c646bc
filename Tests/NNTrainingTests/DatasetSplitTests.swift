import NNFiles
import TestSupport
import Testing

@testable import NNTraining

/// Samples that are held out.
@Suite struct DatasetSplitTests {
    /// So many samples of each class, each sample with its number as its feature.
    private func dataset(_ counts: [Int], kind: TargetKind = .classes) throws -> Dataset {
        let labels = counts.enumerated().flatMap { label, count in
            [Float](repeating: Float(label), count: count)
        }
        return try Dataset(
            name: "d",
            inputs: [
                Dataset.Input(
                    Dataset.inputName, .floats(labels.indices.map { Float($0) }), sampleShape: [1])
            ], targets: [Dataset.Target(Dataset.targetName, labels, width: 1, kind: kind)])
    }

    @Test func ofEachClassAsLargeAShareIsHeldOut() throws {
        let whole = try DatasetSplit(train: dataset([100, 50, 10, 3]), test: nil)
        let split = try whole.holdingOut(0.1, seed: 1)
        let validation = try #require(split.validation)
        let counts = (0..<4).map { label in validation.targets.count { Int($0) == label } }
        // 10, 5, 1 and 0.3 of 16.3.
        #expect(counts == [10, 5, 1, 0])
        #expect(validation.count + split.train.count == 163)
        // Nothing is lost, nothing is in both.
        let samples = Array(split.train.features) + Array(validation.features)
        #expect(samples.sorted() == (0..<163).map { Float($0) })
        #expect(split.monitored?.count == 16 && split.judged.count == 16)
        // What is left over goes to the classes that would lose most.
        let thirds = try DatasetSplit(train: dataset([4, 5, 5]), test: nil)
            .holdingOut(0.25, seed: 1).validation
        #expect(thirds?.targets.count == 4)
        #expect((0..<3).map { label in thirds?.targets.count { Int($0) == label } } == [1, 2, 1])
    }

    @Test func whichOnesDependsOnTheSeedAlone() throws {
        func held(_ seed: UInt64) throws -> [Float] {
            let whole = try DatasetSplit(train: dataset([60, 60]), test: nil)
            return Array(try #require(whole.holdingOut(0.2, seed: seed).validation).features)
        }
        #expect(try held(1) == held(1))
        #expect(try held(1) != held(2))
    }

    @Test func numbersAreHeldOutAtRandom() throws {
        let whole = try DatasetSplit(train: dataset([1, 1, 1, 1, 1, 1], kind: .numbers), test: nil)
        let split = try whole.holdingOut(0.5, seed: 1)
        #expect(split.validation?.count == 3 && split.train.count == 3)
    }

    @Test(arguments: [0.01, 0.99]) func onePartWithoutSamplesIsRefused(share: Double) throws {
        let whole = try DatasetSplit(train: dataset([3, 3]), test: nil)
        expectDataError(saying: "\(share)", "6 samples") {
            _ = try whole.holdingOut(share, seed: 1)
        }
    }

    @Test func theTestSamplesAreForTheEnd() throws {
        let split = try DatasetSplit(train: dataset([20, 20]), test: dataset([2, 3]))
        #expect(split.monitored?.count == 5 && split.judged.count == 5)
        let held = try split.holdingOut(0.25, seed: 1)
        #expect(held.monitored?.count == 10 && held.judged.count == 5)
        let other = try Dataset(
            name: "o", features: [1, 2], sampleShape: [2], targets: [0], targetWidth: 1)
        expectDataError(saying: "one shape") {
            _ = try DatasetSplit(train: split.train, validation: other, test: nil)
        }
    }
}
