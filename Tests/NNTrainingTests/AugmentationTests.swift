import NNFiles
import NNGraph
import NNModel
import NNReference
@testable import NNTraining
import TestSupport
import Testing

/// Random changes of pictures in training.
@Suite struct AugmentationTests {
    @Test func isWrittenAsTorchvisionsUsersThinkOfIt() throws {
        #expect(
            try Augmentation("flip,crop:4,cutout:8")
                == Augmentation(flip: true, crop: 4, cutout: 8))
        #expect(try Augmentation("shift:2").description == "shift:2")
        #expect(try Augmentation("cutout:8,flip").description == "flip,cutout:8")
        #expect(Augmentation().description == "none")
        for text in [
            "", "rotate", "flip:2", "crop", "crop:0", "crop:-1", "crop:x", "flip,", "none",
        ] {
            #expect(throws: AugmentationError.self) { try Augmentation(text) }
        }
        #expect(throws: AugmentationError.unknown("crop:2")) { try Augmentation("crop:4,crop:2") }
    }

    @Test func theDefinitionsAreMet() throws {
        for example in try AugmentationCase.all {
            let expected = example.expected
            #expect(Set(expected).count > 30)
            for portion in [1, 3, 100] {
                let found = try example.changed(on: ReferenceBackend<Double>(), portion: portion)
                #expect(found == expected, "\(example.augmentation) of \(example.sampleShape)")
            }
        }
    }

    /// Computed with a Philox of its own in Python, whose first block is the known answer of Random123.
    @Test func theDrawsAreThoseOfPhilox() throws {
        let augmentation = Augmentation(flip: true, shift: 3, crop: 4, cutout: 8)
        let axes = try augmentation.check("x", [3, 32, 28])
        let draws = AugmentationDraws(augmentation, axes)
        func numbers(_ sample: Int32, _ epoch: Int) -> [Float] {
            draws.numbers(of: [sample], seed: 7, epoch: epoch)
        }
        #expect(numbers(0, 0) == [1, 3, 3, -3, 2, 9, 17])
        #expect(numbers(0, 5) == [1, 2, 0, -3, -1, -2, 6])
        #expect(numbers(1, 0) == [0, 0, 1, -2, -4, 24, 1])
        #expect(numbers(49_999, 5) == [0, -2, -3, 2, 0, 21, 11])
        // One change does not depend on whether others are asked for.
        let alone = Augmentation(cutout: 8)
        #expect(
            AugmentationDraws(alone, axes).numbers(of: [49_999], seed: 7, epoch: 5) == [21, 11])
    }

    /// Each count within five standard deviations of what is expected of 20,000 pictures.
    @Test func everyChangeIsAsLikely() throws {
        let augmentation = Augmentation(flip: true, shift: 2, crop: 1, cutout: 3)
        let axes = try augmentation.check("x", [6, 9])
        let count = 20_000
        let numbers = AugmentationDraws(augmentation, axes).numbers(
            of: 0..<Int32(count), seed: 1, epoch: 0)
        let ranges: [ClosedRange<Int>] = [0...1, -2...2, -2...2, -1...1, -1...1, -1...4, -1...7]
        for (draw, range) in ranges.enumerated() {
            var counts: [Int: Int] = [:]
            for picture in 0..<count {
                counts[Int(numbers[picture * ranges.count + draw]), default: 0] += 1
            }
            #expect(counts.keys.sorted() == Array(range))
            let share = 1 / Double(range.count)
            let deviation = (Double(count) * share * (1 - share)).squareRoot()
            for (_, found) in counts {
                #expect(abs(Double(found) - Double(count) * share) < 5 * deviation)
            }
        }
    }

    // MARK: - In a training

    private func data(_ count: Int = 21, shape: [Int] = [6, 5]) throws -> Dataset {
        let width = shape.reduce(1, *)
        let pixels = (0..<count * width).map { UInt8(truncatingIfNeeded: $0 * $0 * 31 + $0 / 7) }
        return try Dataset(
            name: "pictures", features: .unorm8(pixels), sampleShape: shape,
            targets: (0..<count).map { Float($0 % 3) }, targetWidth: 1)
    }

    private func trainer<Scalar: ReferenceScalar>(
        _ augmentation: Augmentation?, _ scalar: Scalar.Type, rate: Double = 0.05
    ) throws -> Trainer {
        try Trainer(
            model: Sequential {
                Conv2d(1, 3, kernel: 3)
                ReLU()
                Flatten()
                Linear(36, 3)
            }, inputShape: [1, 6, 5], loss: CrossEntropy(), optimizer: SGD(), learningRate: rate,
            seed: 3, augmentation: augmentation, backend: ReferenceBackend<Scalar>())
    }

    private static let everything = Augmentation(flip: true, shift: 1, crop: 2, cutout: 2)

    /// With a learning rate of 0 the mean loss of an epoch is that of its pictures alone.
    @Test func thePicturesDoNotDependOnBatches() throws {
        let data = try data(shape: [1, 6, 5])
        func losses(
            _ augmentation: Augmentation?, _ size: Int, parts: Int = 1, shuffled: Bool = true
        ) throws -> [Double] {
            var losses: [Double] = []
            try trainer(augmentation, Double.self, rate: 0).fit(
                data,
                options: TrainingOptions(
                    length: .epochs(3), batchSize: size, partCount: parts, isShuffled: shuffled)
            ) { losses.append($0.epochSoFar.loss) }
            return losses
        }
        let whole = try losses(Self.everything, 21)
        #expect(Set(whole).count == 3, "every epoch has changes of its own")
        for (size, parts, shuffled) in [(4, 1, true), (5, 2, true), (21, 3, false), (1, 1, false)] {
            let other = try losses(Self.everything, size, parts: parts, shuffled: shuffled)
            #expect(zip(whole, other).allSatisfy { abs($0 - $1) < 1e-14 })
        }
        let plain = try losses(nil, 21)
        #expect(plain.max()! - plain.min()! < 1e-14 && abs(plain[0] - whole[0]) > 1e-6)
        // Nobody else sees them.
        let augmented = try trainer(Self.everything, Double.self, rate: 0)
        #expect(try augmented.evaluate(data).loss == trainer(nil, Double.self).evaluate(data).loss)
    }

    @Test func aResumedTrainingIsTheWholeOne() throws {
        let data = try data(shape: [1, 6, 5])
        func options(_ augmented: Bool = true) -> TrainingOptions {
            TrainingOptions(length: .epochs(3), batchSize: 4)
        }
        let whole = try trainer(Self.everything, Float.self)
        try whole.fit(data, options: options())
        let folder = try TemporaryFolder()
        let first = try trainer(Self.everything, Float.self)
        // In the middle of the second epoch.
        try first.fit(
            data, options: options(), checkpoints: CheckpointFolder(path: folder.url.path),
            shouldStop: { first.step == 8 })
        let checkpoint = try #require(
            CheckpointFolder(path: folder.url.path).newest().checkpoint)
        let second = try trainer(Self.everything, Float.self)
        try second.restore(checkpoint)
        try second.fit(data, options: options())
        #expect(try second.parameters() == whole.parameters())
        let other = try trainer(Augmentation(flip: true), Float.self)
        try other.restore(checkpoint)
        #expect(
            throws: CheckpointError.setting(
                name: "the augmentation", then: "flip,shift:1,crop:2,cutout:2", now: "flip")
        ) { try other.fit(data, options: options()) }
    }

    @Test func whatIsNoImageIsRefused() throws {
        func refusal(_ sampleShape: Shape, _ augmentation: Augmentation) -> AugmentationError? {
            #expect(throws: AugmentationError.self) {
                try Trainer(
                    model: Sequential {
                        Flatten(); Linear(sampleShape.count, 2)
                    },
                    inputShape: sampleShape, loss: CrossEntropy(), optimizer: SGD(),
                    learningRate: 0.1, augmentation: augmentation,
                    backend: ReferenceBackend<Float>())
            }
        }
        #expect(
            refusal([12], Augmentation(flip: true)) == .notAnImage(input: "features", shape: [12]))
        #expect(
            refusal([3, 8, 4], Augmentation(crop: 4))
                == .outOfRange(word: "crop", value: 4, limit: 3, shape: [3, 8, 4]))
        #expect(
            refusal([8, 4], Augmentation(cutout: -1))
                == .outOfRange(word: "cutout", value: -1, limit: 4, shape: [8, 4]))
        #expect(refusal([1, 4097, 4097], Augmentation(flip: true)) != nil)
    }

    /// A step that is not finite is looked at with the pictures that it had.
    @Test func theReferenceSeesTheSamePictures() throws {
        let data = try data(shape: [1, 6, 5])
        let trainer = try trainer(Self.everything, Float.self, rate: 1e30)
        let error = #expect(throws: TrainingError.self) {
            try trainer.fit(data, options: TrainingOptions(length: .epochs(5), batchSize: 4))
        }
        guard case .diverged(let divergence) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(divergence.source != nil)
    }
}
