import Foundation
import NNFiles
import NNGraph
import NNReference
import TestSupport
import Testing

import NNModel
@testable import NNTraining

/// Under `skip` a training with bad batches takes the steps of one that never had them, wherever they
/// are and whatever is reported, kept or interrupted when.
@Suite struct SkippedStepTests {
    /// `√|x|`, whose derivative at 0 is no number.
    private struct Root: Layer {
        static let typeName = "root"
        func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor {
            try sqrt(abs(x))
        }
    }

    /// A ReLU as some devices have it, 0 for NaN: no loss behind it tells of weights that are NaN.
    private struct Deaf: Layer {
        static let typeName = "deaf"
        func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor {
            try select(compare(x, .greater, .constant(0)), x, .constant(0))
        }
    }

    /// How a bad batch is bad.
    enum Kind: CaseIterable {
        /// Its loss is not finite.
        case loss
        /// Its loss is finite, its gradient is not, and the loss of the next step shows it.
        case gradient
        /// The same, and no loss shows it ever.
        case hiddenGradient

        var model: Sequential {
            switch self {
            case .loss:
                Sequential {
                    Linear(2, 3)
                    Linear(3, 1)
                }
            case .gradient:
                Sequential {
                    Linear(2, 1, bias: false)
                    Root()
                }
            case .hiddenGradient:
                Sequential {
                    Linear(2, 3)
                    Deaf()
                    Linear(3, 1)
                }
            }
        }

        var badSample: [Float] {
            switch self {
            case .loss: [3e38, 3e38]
            case .gradient: [0, 0]
            case .hiddenGradient: [.nan, 1]
            }
        }
    }

    private static let batches = 6
    /// An epoch and a half.
    private static let steps = 9

    /// The batches of a training in turn, without those to be left out.
    private func data(_ batches: some Sequence<Int>, bad: Set<Int>, _ kind: Kind) throws -> Dataset
    {
        let samples = batches.flatMap { batch in (0..<2).map { (batch, 2 * batch + $0) } }
        return try Dataset(
            name: "batches",
            features: samples.flatMap { batch, sample -> [Float] in
                bad.contains(batch) && sample % 2 == 1
                    ? kind.badSample : [Float(sample + 1) / 12, 1 - Float(sample) / 24]
            }, sampleShape: [2], targets: samples.map { Float($0.1 % 3) }, targetWidth: 1)
    }

    private func trainer(_ kind: Kind) throws -> Trainer {
        try Trainer(
            model: kind.model, inputShape: [2], loss: .meanSquaredError,
            optimizer: SGD(momentum: 0.5), learningRate: 0.05, backend: ReferenceBackend<Float>())
    }

    private func options(
        _ policy: NonFinitePolicy, steps: Int, lossInterval: Int = 50, every: Int? = nil
    ) -> TrainingOptions {
        TrainingOptions(
            length: .steps(steps), batchSize: 2, isShuffled: false, lossInterval: lossInterval,
            checkpointInterval: every, onNonFinite: policy)
    }

    /// The parameters after so many steps without the bad ones.
    private func expected(
        after steps: Int, bad: Set<Int>, _ kind: Kind
    ) throws -> [Safetensors.Tensor] {
        let good = (0..<steps).map { $0 % Self.batches }.filter { !bad.contains($0) }
        let trainer = try trainer(kind)
        if !good.isEmpty {
            try trainer.fit(
                data(good, bad: [], kind), options: options(.stop, steps: good.count))
        }
        return try trainer.parameters().tensors
    }

    /// Every one and every two of the six, and some in a row.
    private static let choices: [Set<Int>] =
        (0..<batches).flatMap { a in (a..<batches).map { b in [a, b] } }
        + [[0, 1, 2], [3, 4, 5], [1, 2, 3, 4, 5], [0, 1, 2, 3, 4]]

    @Test(arguments: Kind.allCases, [1, 2, 4, 50])
    func everyBadStepIsLeftOut(kind: Kind, lossInterval: Int) throws {
        for bad in Self.choices {
            let trainer = try trainer(kind)
            var counts: [Int: Int] = [:]
            let result = try trainer.fit(
                data(0..<Self.batches, bad: bad, kind),
                options: options(.skip, steps: Self.steps, lossInterval: lossInterval),
                report: { counts[$0.step] = $0.epochSoFar.count })
            let taken = { (steps: Range<Int>) in
                steps.filter { !bad.contains($0 % Self.batches) }.count
            }
            #expect(
                try trainer.parameters().tensors == expected(after: Self.steps, bad: bad, kind),
                "\(bad)")
            #expect(result.ending == .completed && result.step == Self.steps, "\(bad)")
            #expect(
                result.recoveries.skippedSteps == Self.steps - taken(0..<Self.steps), "\(bad)")
            // What is reported of an epoch is about the samples of its good steps.
            for (last, steps) in [(6, 0..<6), (9, 6..<9)] {
                let samples = 2 * taken(steps)
                #expect(counts[last] == (samples > 0 ? samples : nil), "\(bad)")
            }
        }
    }

    @Test(arguments: Kind.allCases, [1, 4, 50])
    func anInterruptionLeavesBadStepsOutToo(kind: Kind, lossInterval: Int) throws {
        for bad in [[0], [2], [3, 4], [1, 5], [4, 5]] as [Set<Int>] {
            for stop in 1..<Self.steps {
                let trainer = try trainer(kind)
                let result = try trainer.fit(
                    data(0..<Self.batches, bad: bad, kind),
                    options: options(.skip, steps: Self.steps, lossInterval: lossInterval),
                    shouldStop: { trainer.step >= stop })
                #expect(result.ending == .interrupted)
                #expect(
                    try trainer.parameters().tensors
                        == expected(after: result.step, bad: bad, kind), "\(bad) \(stop)")
            }
        }
    }

    @Test(arguments: Kind.allCases, [1, 4, nil])
    func aResumedTrainingLeavesThemOutToo(kind: Kind, every: Int?) throws {
        for bad in [[0], [3, 4], [1, 5], [0, 2, 4, 5]] as [Set<Int>] {
            let data = try data(0..<Self.batches, bad: bad, kind)
            let options = options(.skip, steps: Self.steps, lossInterval: 4, every: every)
            for stop in 1..<Self.steps {
                let folder = try TemporaryFolder()
                let first = try trainer(kind)
                try first.fit(
                    data, options: options,
                    checkpoints: CheckpointFolder(path: folder.path + "/run"),
                    shouldStop: { first.step >= stop })
                let second = try trainer(kind)
                let checkpoints = try CheckpointFolder(path: folder.path + "/run")
                try second.restore(#require(checkpoints.newest().checkpoint))
                let result = try second.fit(data, options: options, checkpoints: checkpoints)
                let good = (0..<Self.steps).filter { !bad.contains($0 % Self.batches) }.count
                #expect(result.recoveries.skippedSteps == Self.steps - good, "\(bad) \(stop)")
                #expect(
                    try second.parameters().tensors
                        == expected(after: Self.steps, bad: bad, kind), "\(bad) \(stop)")
            }
        }
    }

    @Test func aTrainingOfNothingButBadStepsHasLearntNothing() throws {
        let trainer = try trainer(.loss)
        let error = #expect(throws: TrainingError.self) {
            try trainer.fit(data(0..<3, bad: [0, 1, 2], .loss), options: options(.skip, steps: 3))
        }
        guard case .diverged? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(try trainer.parameters().tensors == expected(after: 0, bad: [], .loss))
    }

    /// Two losses of 2·10³⁸ each are finite, and their sum in single precision is not.
    @Test(arguments: NonFinitePolicy.allCases)
    func lossesThatAreTooLargeToBeAddedUpAreNoBadSteps(policy: NonFinitePolicy) throws {
        let data = try Dataset(
            name: "large", features: [1, 2, 3, 4], sampleShape: [1],
            targets: [Float](repeating: 1.4e19, count: 4), targetWidth: 1)
        let trainer = try Trainer(
            model: Sequential { Linear(1, 1) }, inputShape: [1], loss: .meanSquaredError,
            optimizer: SGD(), learningRate: 1e-9, backend: ReferenceBackend<Float>())
        var losses: [Double] = []
        let result = try trainer.fit(
            data,
            options: TrainingOptions(
                length: .epochs(2), batchSize: 1, isShuffled: false, onNonFinite: policy),
            report: { losses.append($0.epochSoFar.loss) })
        #expect(result.recoveries == Recoveries())
        #expect(losses.count == 2)
        #expect(losses.allSatisfy { Swift.abs($0 / 1.96e38 - 1) < 0.01 })
    }
}
