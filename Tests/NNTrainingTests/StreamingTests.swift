import Foundation
import NNFiles
import NNGraph
import NNModel
import NNReference
@testable import NNTraining
import TestSupport
import Testing

/// Samples that threads bring while the device computes: the same steps as from memory.
@Suite struct StreamingTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test(arguments: [(1, true), (3, true), (1, false)])
    func theStepsAreTheSame(parts: Int, shuffled: Bool) throws {
        let data = try StreamedTraining.data()
        let (whole, streamed) = try (
            StreamedTraining.outcome(
                data, limit: nil, parts: parts, shuffled: shuffled,
                on: ReferenceBackend<Float>()),
            StreamedTraining.outcome(
                data, limit: 0, parts: parts, shuffled: shuffled, on: ReferenceBackend<Float>())
        )
        #expect(whole.checkpoint == streamed.checkpoint && whole.losses == streamed.losses)
        #expect(whole.waited == nil && streamed.waited != nil)
    }

    /// Numbers, several inputs and a model of one's own come by the same way.
    @Test func numbersAreStreamed() throws {
        let data = try GeneratedData.moons.split(seed: 1).train
        func trained(_ limit: Int?) throws -> Safetensors {
            let trainer = try Trainer(
                model: .multilayerPerceptron(inputs: 2, hidden: [8], outputs: 2), inputShape: [2],
                loss: CrossEntropy(), optimizer: Adam(), learningRate: 0.01,
                backend: ReferenceBackend<Float>())
            try trainer.fit(
                data,
                options: TrainingOptions(length: .epochs(2), batchSize: 300, residentLimit: limit))
            return try trainer.parameters()
        }
        #expect(try trained(nil) == trained(data.features.count * 4 - 1))
    }

    /// Going back to an earlier step and leaving one out bring other samples than those that were made ahead.
    @Test(arguments: [NonFinitePolicy.skip, .rollback])
    func badStepsAreUndone(policy: NonFinitePolicy) throws {
        var numbers = (0..<2 * 40).map { Float($0 % 13) / 13 - 0.5 }
        numbers[50] = .infinity
        let data = try Dataset(
            name: "bad", features: numbers, sampleShape: [2],
            targets: (0..<40).map { Float($0 % 2) }, targetWidth: 1)
        func trained(_ limit: Int?) throws -> (Safetensors, Recoveries) {
            let trainer = try Trainer(
                model: .multilayerPerceptron(inputs: 2, hidden: [4], outputs: 2), inputShape: [2],
                loss: CrossEntropy(), optimizer: Adam(), learningRate: 0.01,
                backend: ReferenceBackend<Float>())
            let result = try trainer.fit(
                data,
                options: TrainingOptions(
                    length: .steps(policy == .skip ? 14 : 4), batchSize: 8, isShuffled: false,
                    lossInterval: 3, onNonFinite: policy, residentLimit: limit))
            return (try trainer.parameters(), result.recoveries)
        }
        if policy == .skip {
            let (whole, streamed) = try (trained(nil), trained(0))
            #expect(whole.0 == streamed.0 && whole.1 == streamed.1)
            #expect(streamed.1.skippedSteps == 3)
        } else {
            // The step stays bad at any rate.
            #expect(throws: TrainingError.self) { try trained(0) }
        }
    }

    // MARK: - Files

    private func writePictures(_ count: Int = 20) throws {
        for place in 0..<count {
            let name = "data/\(place % 2 == 0 ? "even" : "odd")/\(place).png"
            try FileManager.default.createDirectory(
                at: folder.url.appending(path: name).deletingLastPathComponent(),
                withIntermediateDirectories: true)
            try folder.write(
                PNGFile(width: 6, height: 5, color: 2) { x, y in
                    [7 * x + place, 11 * y + 3 * place, x * y + 5 * place]
                }.bytes, as: name)
        }
    }

    private func pictures(limit: Int) throws -> Dataset {
        try DatasetSplit(
            classFolders: folder.url.appending(path: "data").path, ImageOptions(),
            memoryLimit: limit
        ).train
    }

    private func trainer() throws -> Trainer {
        try Trainer(
            model: Sequential {
                Flatten(); Linear(90, 2)
            }, inputShape: [3, 5, 6],
            loss: CrossEntropy(), optimizer: Adam(), learningRate: 0.01,
            augmentation: Augmentation(flip: true), backend: ReferenceBackend<Float>())
    }

    private func options(limit: Int? = 0) -> TrainingOptions {
        TrainingOptions(
            length: .epochs(3), batchSize: 6, checkpointInterval: 1, residentLimit: limit)
    }

    @Test func filesAreReadAsTheyAreWanted() throws {
        try writePictures()
        let (memory, files) = try (pictures(limit: .max), pictures(limit: 0))
        guard case (.unorm8, .images) = (memory.features, files.features) else {
            Issue.record("\(memory.features) and \(files.features)")
            return
        }
        #expect(memory.features.count == files.features.count)
        #expect(Array(memory.features) == Array(files.features))
        #expect(try memory.features.numbers(85..<275) == files.features.numbers(85..<275))
        #expect(try files.features.numbers(90..<90) == [])
        func outcome(_ data: Dataset, _ limit: Int?) throws -> Checkpoint {
            let trainer = try trainer()
            let held = try DatasetSplit(train: data, test: nil).holdingOut(0.2, seed: 1)
            try trainer.fit(
                held.train, validation: held.validation, options: options(limit: limit))
            _ = try trainer.evaluate(data)
            return try trainer.checkpoint()
        }
        let expected = try outcome(memory, nil)
        #expect(try outcome(files, 0) == expected && outcome(files, nil) == expected)
        // What else looks at the numbers.
        #expect(
            try memory.inputs[0].preparation(.standard)
                == files.inputs[0].preparation(.standard))
        let trained = try trainer()
        #expect(try trained.predict(memory.features) == trained.predict(files.features))
        let batch = try #require(Array(files.batches(of: 3)).first)
        #expect(Array(batch["features"] ?? .floats([])) == Array(memory.features.prefix(270)))
    }

    /// A training from files goes on where one from memory has stopped.
    @Test func aTrainingIsResumedFromFiles() throws {
        try writePictures()
        let (memory, files) = try (pictures(limit: .max), pictures(limit: 0))
        let whole = try trainer()
        try whole.fit(memory, options: options(limit: nil))
        let checkpoints = folder.url.appending(path: "run").path
        let first = try trainer()
        try first.fit(
            memory, options: options(limit: nil), checkpoints: CheckpointFolder(path: checkpoints),
            shouldStop: { first.step == 5 })
        let second = try trainer()
        try second.restore(#require(CheckpointFolder(path: checkpoints).newest().checkpoint))
        try second.fit(files, options: options())
        #expect(try second.checkpoint() == whole.checkpoint())
    }

    /// What was saved before a file could no longer be read is there, and a training with the file goes on from it.
    @Test(arguments: [true, false])
    func aFileThatBreaksIsNamed(isRemoved: Bool) throws {
        try writePictures()
        let files = try pictures(limit: 0)
        let url = folder.url.appending(path: "data/odd/7.png")
        let whole = try Data(contentsOf: url)
        let checkpoints = folder.url.appending(path: "run").path
        let trainer = try trainer()
        let error = #expect(throws: DataError.self) {
            try trainer.fit(
                files, options: options(), checkpoints: CheckpointFolder(path: checkpoints),
                report: {
                    guard $0.epoch == 1 else { return }
                    if isRemoved {
                        try FileManager.default.removeItem(at: url)
                    } else {
                        try whole.prefix(60).write(to: url)
                    }
                })
        }
        #expect("\(error!)".contains("odd/7.png"), "\(error!)")
        let saved = try #require(CheckpointFolder(path: checkpoints).newest().checkpoint)
        #expect(saved.record.step == trainer.step && trainer.step >= 4)
        try whole.write(to: url)
        let second = try self.trainer()
        try second.restore(saved)
        try second.fit(files, options: options())
        let straight = try self.trainer()
        try straight.fit(files, options: options())
        #expect(try second.parameters() == straight.parameters())
        // A number by itself cannot say why it is missing.
        try FileManager.default.removeItem(at: url)
        #expect(files.features.contains { $0.isNaN })
    }

    @Test func whatIsKeptDependsOnTheMemory() throws {
        final class Device: ForwardingBackend {
            var own: DeviceMemory?
            override var memory: DeviceMemory? { own }
        }
        let device = Device(ReferenceBackend<Float>())
        let numbers = Features.floats([Float](repeating: 0, count: 100))
        func residence(_ features: Features, limit: Int? = nil) -> SampleResidence {
            SampleResidence(of: [features], on: device, limit: limit)
        }
        #expect(residence(numbers) == .resident && residence(numbers, limit: 399) == .streamed)
        device.own = DeviceMemory(byteCount: 799, largestBuffer: 799, isShared: true)
        #expect(residence(numbers) == .streamed)
        device.own = DeviceMemory(byteCount: 800, largestBuffer: 400, isShared: true)
        #expect(residence(numbers) == .resident)
        device.own = DeviceMemory(byteCount: 8000, largestBuffer: 399, isShared: true)
        #expect(residence(numbers) == .streamed && residence(numbers, limit: 400) == .streamed)
        // Images in files: 64 MiB of a host's memory, 1 GiB of a device's own.
        let layout = ImageLayout(height: 1 << 10, width: 1 << 10, channels: 1)
        func images(_ count: Int) -> Features {
            .images(
                ImageFiles(
                    paths: [String](repeating: "", count: count),
                    form: ImageFiles.Form(layout: layout, example: ""), isResizing: false))
        }
        device.own = DeviceMemory(byteCount: 1 << 34, largestBuffer: 1 << 33, isShared: true)
        #expect(residence(images(64)) == .resident && residence(images(65)) == .streamed)
        #expect(residence(images(65), limit: 1 << 27) == .resident)
        device.own = DeviceMemory(byteCount: 1 << 34, largestBuffer: 1 << 33, isShared: false)
        #expect(residence(images(1024)) == .resident && residence(images(1025)) == .streamed)
    }
}
