import Foundation
import NNGraph
import NNReference
import TestSupport
import Testing

import NNModel
@testable import NNTraining

/// What a training does about steps that are not finite.
@Suite struct DivergenceTests {
    /// `√|x|`, whose derivative at 0 is no number.
    private struct Root: Layer {
        static let typeName = "root"
        func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor {
            try sqrt(abs(x))
        }
    }

    private static let line = #line
    private let linear = Sequential {
        Linear(2, 3)
        Linear(3, 1)
    }

    /// Twelve samples; products with one of `huge` overflow.
    private func data(huge: [Int], without: Range<Int> = 0..<0) throws -> Dataset {
        let samples = (0..<12).filter { !without.contains($0) }
        return try Dataset(
            name: "twelve",
            features: samples.flatMap { sample -> [Float] in
                huge.contains(sample)
                    ? [3e38, 3e38] : [Float(sample) / 12, 1 - Float(sample) / 12]
            }, sampleShape: [2], targets: samples.map { Float($0 % 3) }, targetWidth: 1)
    }

    private func trainer(
        _ model: Sequential? = nil, learningRate: Double = 0.1, optimizer: any Optimizer = SGD()
    ) throws -> Trainer {
        try Trainer(
            model: model ?? linear, inputShape: [2], loss: .meanSquaredError, optimizer: optimizer,
            learningRate: learningRate, backend: ReferenceBackend<Float>())
    }

    private func options(
        _ policy: NonFinitePolicy, steps: Int = 3, lossInterval: Int = 50
    ) -> TrainingOptions {
        TrainingOptions(
            length: .steps(steps), batchSize: 4, isShuffled: false, lossInterval: lossInterval,
            onNonFinite: policy)
    }

    @Test func theStepTheOperationAndTheLineAreNamed() throws {
        let error = #expect(throws: TrainingError.self) {
            try trainer().fit(data(huge: [5]), options: options(.stop))
        }
        guard case .diverged(let divergence)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(divergence.step == 2)
        #expect(divergence.epoch == 1)
        #expect(divergence.source?.operation == "matmul")
        #expect(divergence.source?.origin?.part == "layer 0 (Linear)")
        #expect(
            divergence.source?.origin?.source
                == "NNTrainingTests/DivergenceTests.swift:\(Self.line + 2)")
        #expect(
            error?.description.hasPrefix(
                "Step 2, in epoch 1, gives numbers that are not finite: the first is") == true)
    }

    @Test func aGradientThatIsNoNumberIsFoundInTheStepThatComputesIt() throws {
        // Weights and bias of zero let the second step's samples of zeros reach the root as zeros.
        let model = Sequential {
            Linear(2, 1, bias: false)
            Root()
        }
        let zeros = try Dataset(
            name: "zeros", features: [1, 2, 3, 4, 0, 0, 0, 0], sampleShape: [2],
            targets: [1, 2, 3, 4], targetWidth: 1)
        var steps: [Int] = []
        let error = #expect(throws: TrainingError.self) {
            try trainer(model, learningRate: 0.001).fit(
                zeros,
                options: TrainingOptions(
                    length: .steps(2), batchSize: 2, isShuffled: false, lossInterval: 1)
            ) { steps.append($0.step) }
        }
        guard case .diverged(let divergence)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(divergence.step == 2)
        #expect(divergence.source?.origin?.isGradient == true)
        #expect(divergence.source?.origin?.part == "layer 1 (Root)")
        // Its loss is finite, and yet no step that comes to an end to be reported.
        #expect(steps == [1])
    }

    @Test(arguments: [1, 2, 50])
    func aSkippedStepLeavesNoTrace(lossInterval: Int) throws {
        let skipping = try trainer()
        var recoveries: [Recovery] = []
        var counts: [Int] = []
        let result = try skipping.fit(
            data(huge: [5]), options: options(.skip, lossInterval: lossInterval),
            report: { counts.append($0.epochSoFar.count) }, recovered: { recoveries.append($0) })
        #expect(result.ending == .completed)
        #expect(result.recoveries.skippedSteps == 1)
        #expect(recoveries.map(\.divergence.step) == [2])
        #expect(counts.last == 8)

        let without = try trainer()
        try without.fit(data(huge: [], without: 4..<8), options: options(.stop, steps: 2))
        #expect(try skipping.parameters().tensors == without.parameters().tensors)
    }

    @Test func stepsThatAreNeverFiniteEndTheTraining() throws {
        let training = try trainer()
        #expect(throws: TrainingError.self) {
            try training.fit(data(huge: Array(0..<12)), options: options(.skip, steps: 99))
        }
        #expect(try training.parameters().tensors == trainer().parameters().tensors)
    }

    @Test func goingBackHalvesTheLearningRateUntilTheTrainingHolds() throws {
        let training = try trainer(learningRate: 3)
        var factors: [Double] = []
        let result = try training.fit(
            data(huge: []), options: options(.rollback, steps: 600, lossInterval: 20),
            recovered: { factors.append($0.rateFactor) })
        #expect(result.recoveries.rollbacks >= 1)
        #expect(factors == (1...result.recoveries.rollbacks).map { 1 / Double(1 << $0) })
        #expect(try training.evaluate(data(huge: [])).loss < 1)
    }

    @Test(arguments: [NonFinitePolicy.skip, .rollback])
    func anInterruptedTrainingRecoversAsAWholeOneDoes(policy: NonFinitePolicy) throws {
        let data = try policy == .skip ? data(huge: [5]) : data(huge: [])
        let rate = policy == .skip ? 0.1 : 3
        let all = options(policy, steps: 700, lossInterval: 20)
        let whole = try trainer(learningRate: rate, optimizer: SGD(momentum: 0.1))
        let expected = try whole.fit(data, options: all)
        #expect(expected.recoveries != Recoveries())
        for stop in [1, 33, 351, 617] {
            let folder = try TemporaryFolder()
            let first = try trainer(learningRate: rate, optimizer: SGD(momentum: 0.1))
            try first.fit(
                data, options: all, checkpoints: CheckpointFolder(path: folder.path + "/run"),
                shouldStop: { first.step >= stop })
            let second = try trainer(learningRate: rate, optimizer: SGD(momentum: 0.1))
            let checkpoints = try CheckpointFolder(path: folder.path + "/run")
            try second.restore(#require(checkpoints.newest().checkpoint))
            let result = try second.fit(data, options: all, checkpoints: checkpoints)
            #expect(result.recoveries == expected.recoveries, "after \(stop)")
            #expect(
                try second.parameters().tensors == whole.parameters().tensors, "after \(stop)")
        }
    }

    @Test func noCheckpointHoldsNumbersThatAreNotFinite() throws {
        let folder = try TemporaryFolder()
        var options = options(.stop)
        options.checkpointInterval = 1
        #expect(throws: TrainingError.self) {
            try trainer().fit(
                data(huge: [5]), options: options,
                checkpoints: CheckpointFolder(path: folder.path + "/run"))
        }
        let newest = try CheckpointFolder(path: folder.path + "/run").newest().checkpoint
        #expect(newest?.record.step == 1)
    }

    @Test(arguments: NonFinitePolicy.allCases)
    func aBadSampleToValidateOnIsNoDivergence(policy: NonFinitePolicy) throws {
        let training = try trainer()
        var losses: [Double?] = []
        let result = try training.fit(
            data(huge: []), validation: data(huge: [5]), options: options(policy, steps: 9),
            report: { losses.append($0.validation?.loss) })
        #expect(losses.count == 3 && losses.allSatisfy { $0?.isFinite == false })
        #expect(result.ending == .completed && result.recoveries == Recoveries())
        let alone = try trainer()
        try alone.fit(data(huge: []), options: options(policy, steps: 9))
        #expect(try training.parameters().tensors == alone.parameters().tensors)

        let judged = try training.judge(data(huge: [5, 7]))
        #expect(!judged.loss.isFinite && judged.nonFiniteCount == 2 && judged.count == 12)
        #expect(try training.judge(data(huge: [])) == training.evaluate(data(huge: [])))
        #expect(throws: TrainingError.evaluationNotFinite(dataset: "twelve")) {
            try training.evaluate(data(huge: [5]))
        }
    }

    /// Else patience would give back the weights of before the first step.
    @Test func noLossThatIsANumberIsNoBestOne() throws {
        var options = options(.stop, steps: 30)
        options.patience = 2
        let training = try trainer()
        let result = try training.fit(
            data(huge: []), validation: data(huge: [5]), options: options)
        #expect(result.ending == .stoppedEarly && result.step == 6 && result.bestEpoch == nil)
        let alone = try trainer()
        try alone.fit(data(huge: []), options: self.options(.stop, steps: 6))
        #expect(try training.parameters().tensors == alone.parameters().tensors)
    }

    /// Weights that are NaN, which a validation loss does not show, are not kept as the best ones.
    @Test func theBestWeightsAreNumbers() throws {
        let model = Sequential {
            Linear(2, 1, bias: false)
            Root()
        }
        let samples = try Dataset(
            name: "zeros at the end", features: [1, 2, 3, 4, 0, 0, 0, 0], sampleShape: [2],
            targets: [1, 2, 3, 4], targetWidth: 1)
        var options = TrainingOptions(
            length: .epochs(3), batchSize: 2, patience: 3, onNonFinite: .skip)
        options.isShuffled = false
        let training = try trainer(model, learningRate: 0.001)
        let result = try training.fit(samples, validation: samples, options: options)
        #expect(result.recoveries.skippedSteps == 3)
        #expect(try training.parameters().tensors.allSatisfy { $0.floats().allSatisfy(\.isFinite) })
    }

    @Test func theChoiceChangesNoBitOfATrainingThatIsFinite() throws {
        let results = try NonFinitePolicy.allCases.map { policy in
            let training = try trainer(optimizer: Adam())
            try training.fit(data(huge: []), options: options(policy, steps: 30))
            return try training.parameters().tensors
        }
        #expect(results.allSatisfy { $0 == results[0] })
    }
}
