import Foundation
import NNFiles
import NNGraph
import NNReference
import TestSupport
import Testing

import NNModel
@testable import NNTraining

@Suite struct CheckpointTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private var path: String { folder.url.appending(path: "run").path }

    private func trainer(
        seed: UInt64 = 1, backend: any Backend = ReferenceBackend<Float>()
    ) throws -> Trainer {
        try Trainer(
            model: .multilayerPerceptron(
                inputs: 2, hidden: [8], outputs: 1, activation: .tanh, dropout: 0.2),
            inputShape: [2], loss: .binaryCrossEntropy, optimizer: Adam(), learningRate: 0.02,
            schedule: .cosine(minimum: 0), seed: seed, backend: backend)
    }

    private func data() throws -> Dataset { try GeneratedData.moons.split(seed: 1).train }

    private func options(
        _ steps: Int = 11, every: Int? = 2, batchSize: Int = 300, patience: Int? = nil
    ) -> TrainingOptions {
        TrainingOptions(
            length: .steps(steps), batchSize: batchSize, patience: patience, lossInterval: 1,
            checkpointInterval: every)
    }

    private var files: [String] {
        get throws {
            try FileManager.default.contentsOfDirectory(atPath: path).filter {
                $0.hasPrefix("step-")
            }.sorted()
        }
    }

    private struct Trouble: Error {}

    @Test func aTrainingMayEndInAnErrorWhileItsCheckpointIsWritten() throws {
        let data = try data()
        for attempt in 0..<10 {
            let path = folder.url.appending(path: "\(attempt)").path
            let trainer = try trainer()
            #expect(throws: Trouble.self) {
                try trainer.fit(
                    data, options: options(every: 1), checkpoints: CheckpointFolder(path: path)
                ) { if $0.step == 2 { throw Trouble() } }
            }
            // The lock is gone and the checkpoint whole.
            #expect(try CheckpointFolder(path: path).newest().checkpoint?.record.step == 1)
        }
    }

    @Test(arguments: [true, false])
    func anInterruptionAnywhereChangesNoBit(inDoublePrecision isDouble: Bool) throws {
        func backend() -> any Backend {
            isDouble ? ReferenceBackend<Double>() : ReferenceBackend<Float>()
        }
        let data = try data()
        let whole = try trainer(backend: backend())
        var expected: [Double] = []
        try whole.fit(data, validation: data, options: options(patience: 2)) {
            expected.append($0.epochSoFar.loss)
        }
        for step in 1..<11 {
            let path = folder.url.appending(path: "\(step)").path
            let first = try trainer(backend: backend())
            var losses: [Double] = []
            let result = try first.fit(
                data, validation: data, options: options(patience: 2),
                checkpoints: CheckpointFolder(path: path),
                report: { losses.append($0.epochSoFar.loss) }, shouldStop: { first.step == step })
            #expect(result.ending == .interrupted)
            let second = try trainer(backend: backend())
            let checkpoints = try CheckpointFolder(path: path)
            try second.restore(#require(checkpoints.newest().checkpoint))
            try second.fit(
                data, validation: data, options: options(patience: 2), checkpoints: checkpoints
            ) { losses.append($0.epochSoFar.loss) }
            #expect(try second.checkpoint() == whole.checkpoint())
            #expect(losses == expected)
        }
    }

    /// The newest checkpoint of a used folder would be the other training's.
    @Test func aNewTrainingLeavesAUsedFolderAlone() throws {
        let (data, path) = (try data(), folder.url.path)
        do {
            let first = try trainer()
            let checkpoints = try CheckpointFolder(path: path)
            try first.fit(
                data, options: options(every: 1), checkpoints: checkpoints,
                shouldStop: { first.step == 2 })
            // The same trainer may go on with its own.
            try first.fit(
                data, options: options(every: 1), checkpoints: checkpoints,
                shouldStop: { first.step == 3 })
        }
        let second = try trainer()
        let checkpoints = try CheckpointFolder(path: path)
        #expect(throws: CheckpointError.self) {
            try second.fit(data, options: options(every: 1), checkpoints: checkpoints)
        }
        #expect(second.step == 0)
        #expect(try checkpoints.newest().checkpoint?.record.step == 3)
    }

    @Test func onlyTheNewestAreKept() throws {
        try trainer().fit(
            data(), options: options(), checkpoints: CheckpointFolder(path: path, keeping: 3))
        #expect(
            try files
                == [8, 10, 11].map { "step-0000000000\($0 < 10 ? "0" : "")\($0).safetensors" })
    }

    @Test func anEpochIsTheInterval() throws {
        try trainer().fit(
            data(), options: options(8, every: nil),
            checkpoints: CheckpointFolder(path: path, keeping: 9))
        #expect(try files.count == 2)
    }

    @Test func aDamagedCheckpointIsNamedAndTheOneBeforeItUsed() throws {
        try trainer().fit(data(), options: options(), checkpoints: CheckpointFolder(path: path))
        let newest = URL(fileURLWithPath: path).appending(path: try #require(files.last))
        let whole = try [UInt8](Data(contentsOf: newest))
        for (place, bit) in [(9, 1), (whole.count / 2, 0), (whole.count - 1, 7)] {
            var bytes = whole
            bytes[place] ^= 1 << UInt8(bit)
            try Data(bytes).write(to: newest)
            let (checkpoint, damaged) = try CheckpointFolder(path: path).newest()
            #expect(checkpoint?.record.step == 10)
            #expect(damaged.map(\.path) == [newest.path])
        }
        for name in try files {
            try Data(whole.prefix(100)).write(to: URL(fileURLWithPath: path).appending(path: name))
        }
        #expect(throws: CheckpointError.allDamaged(folder: path, count: 2)) {
            try CheckpointFolder(path: path).newest()
        }
    }

    /// Every bit counts, be it of a weight, of the model or of the place.
    @Test func noFlippedBitGoesUnnoticed() throws {
        let trainer = try trainer()
        try trainer.fit(data(), options: options(3))
        let whole = try [UInt8](trainer.checkpoint().encoded())
        let header = whole.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        let text = String(decoding: whole[8..<8 + header], as: UTF8.self)
        let original = try Checkpoint(data: Data(whole))
        for place in whole.indices {
            var bytes = whole
            bytes[place] ^= 1
            guard let changed = try? Checkpoint(data: Data(bytes)) else { continue }
            // What JSON does not distinguish, such as the padding, may differ.
            #expect(changed == original, "byte \(place) of \(text)")
        }
    }

    @Test func injuredFilesNeverEndTheProcess() throws {
        let trainer = try trainer()
        let whole = try [UInt8](trainer.checkpoint().encoded())
        for round in 0..<3000 as Range<UInt32> {
            var mutation = Mutation(seed: 7, round: round)
            let bytes = mutation.apply(to: whole)
            if let read = try? Checkpoint(data: Data(bytes)) {
                #expect(throws: Never.self) { try trainer.restore(read) }
            }
        }
    }

    @Test func otherSettingsAreRefused() throws {
        let data = try data()
        try trainer().fit(data, options: options(), checkpoints: CheckpointFolder(path: path))
        let checkpoint = try #require(CheckpointFolder(path: path).newest().checkpoint)
        let other = try trainer()
        try other.restore(checkpoint)
        #expect(
            throws: CheckpointError.setting(name: "the batch size", then: "300", now: "100")
        ) { try other.fit(data, options: options(20, batchSize: 100)) }
        let seeded = try trainer(seed: 2)
        try seeded.restore(checkpoint)
        #expect(throws: CheckpointError.setting(name: "the seed", then: "1", now: "2")) {
            try seeded.fit(data, options: options(20))
        }
    }

    @Test(arguments: [-1, 1 << 54, .max])
    func countsThatNoTrainingReachesAreRefused(count: Int) throws {
        var sums = MetricSums()
        sums.count = count
        var records = [Checkpoint.Record](repeating: Checkpoint.Record(step: 1), count: 5)
        records[0].step = count
        records[1].epochSums = sums
        records[2].best = Checkpoint.Best(epoch: count, loss: 1)
        records[3].snapshot = Checkpoint.Place(
            step: count, epochSums: MetricSums(), unreadSums: MetricSums())
        records[4].snapshot = Checkpoint.Place(
            step: 1, epochSums: MetricSums(), unreadSums: sums)
        for record in records {
            let content = try Checkpoint(record: record, tensors: [], modelJSON: "").encoded()
            #expect(throws: CheckpointError.notACheckpoint) { try Checkpoint(data: content) }
        }
    }

    /// Long settings are cut, and not before what differs.
    @Test func bothValuesAreShownWhereTheyDiffer() {
        let layers = String(repeating: #"{"type":"relu"},"#, count: 20)
        let error = CheckpointError.setting(
            name: "the model", then: layers + #"{"inputs":784}"# + layers,
            now: layers + #"{"inputs":785}"# + layers)
        #expect(error.description.contains(#"{"inputs":784}"#))
        #expect(error.description.contains(#"{"inputs":785}"#))
        #expect(error.description.count < 400)
        let short = CheckpointError.setting(name: "the seed", then: "1", now: "2")
        #expect(short.description.contains("with the seed 1 and this training has 2: "))
        let longer = CheckpointError.setting(name: "the data", then: layers, now: layers + "x")
        #expect(longer.description.contains(#"has …{"type":"relu"},{"type":"relu"},x: "#))
    }

    @Test func aFolderBelongsToOneTraining() throws {
        let first = try CheckpointFolder(path: path)
        #expect(throws: CheckpointError.locked(folder: path)) { try CheckpointFolder(path: path) }
        try trainer().fit(data(), options: options(), checkpoints: first)
        #expect(throws: CheckpointError.occupied(folder: path, step: 11)) {
            try first.checkEmpty()
        }
    }

    @Test func aFolderThatVanishesEndsTheTrainingWithItsName() throws {
        let checkpoints = try CheckpointFolder(path: path)
        let trainer = try trainer()
        #expect(throws: AtomicFileError.self) {
            try trainer.fit(data(), options: options(), checkpoints: checkpoints) {
                // Unlike removing, renaming cannot meet a file that is being written.
                if $0.step == 5 { #expect(rename(path, path + "-gone") == 0) }
            }
        }
    }

    @Test func aPlaceThatIsNoFolderIsRefused() throws {
        let file = try folder.write([1], as: "file")
        #expect(throws: CheckpointError.folder(file, code: ENOTDIR)) {
            try CheckpointFolder(path: file)
        }
    }

    @Test func scratchFilesOfAKilledProcessGo() throws {
        _ = try CheckpointFolder(path: path)
        let scratch = URL(fileURLWithPath: path).appending(path: ".nngpu-1-1.tmp")
        try Data([1]).write(to: scratch)
        _ = try CheckpointFolder(path: path)
        #expect(!FileManager.default.fileExists(atPath: scratch.path))
    }
}
