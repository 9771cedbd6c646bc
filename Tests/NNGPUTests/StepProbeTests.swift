import NNGPU
import NNGraph
import NNReference
import Testing
import TestSupport

@Suite struct StepProbeTests {
    private static func probe(
        _ optimizer: any Optimizer = Adam(), loss name: LossName = .crossEntropy,
        dropout: Double = 0,
        clipNorm: Double? = nil, batchSize: Int = 24, features: ElementType = .float
    ) throws -> StepProbe {
        let model = Sequential.multilayerPerceptron(
            inputs: 9, hidden: [13], outputs: name == .binaryCrossEntropy ? 1 : 5, dropout: dropout)
        return StepProbe(
            try TrainingGraphs(
                model: model, inputShape: [9], loss: name.loss, optimizer: optimizer,
                clipNorm: clipNorm),
            batchSize: batchSize, evaluationBatchSize: 30, predictionBatchSize: 14,
            features: features)
    }

    private static func probes() throws -> [StepProbe] {
        try OptimizerName.allCases.map { try probe($0.optimizer()) }
            + LossName.allCases.map { try probe(loss: $0) }
            + [7, 1].map { try probe(batchSize: $0) }
            + [probe(dropout: 0.3), probe(clipNorm: 0.01), probe(features: .unorm8)]
    }

    /// Single precision is not what a driver is blamed for.
    @Test func theReferenceInSinglePrecisionIsRight() throws {
        for probe in try Self.probes() {
            try probe.check(ReferenceBackend<Float>()) { try $0.run() }
        }
    }

    /// Each of these is a program of its own to compile, so there are few.
    @Test(arguments: OnDevice.forms) func theDeviceIsRight(form: KernelForm) throws {
        for probe in try [Self.probe(features: .unorm8), Self.probe(SGD(), dropout: 0.3)] {
            try probe.check(OnDevice.backend(form)) { try $0.run() }
        }
    }

    private static func images(_ layers: [any Layer], batchSize: Int) throws -> StepProbe {
        StepProbe(
            try TrainingGraphs(
                model: Sequential(layers), inputShape: [3, 6, 6], loss: .crossEntropy,
                optimizer: SGD(momentum: 0.9)),
            batchSize: batchSize)
    }

    /// The last one multiplies by CLBlast, also where rows and columns are several axes.
    @Test(
        arguments: OnDevice.forms.isEmpty
            ? [] : try Workarounds.sequence(for: Device.at(0)).filter(\.prefersCLBlast))
    func theDeviceIsRightWithWorkarounds(workarounds: Workarounds) throws {
        let probe = try Self.images(
            [
                Conv2d(3, 8, kernel: 1), ReLU(), Conv2d(8, 6, kernel: 3, stride: 2), Flatten(),
                Linear(24, 5),
            ], batchSize: 8)
        try probe.check(OpenCLBackend(Device.at(0), workarounds: workarounds)) { try $0.run() }
    }

    /// Over four samples deviations may be all but zero, which makes much of rounding and nothing of a driver's fault.
    @Test(arguments: OnDevice.forms) func roundingOfFewSamplesIsNoFault(form: KernelForm) throws {
        let blocks = (0..<8).flatMap { _ -> [any Layer] in
            [Linear(16, 16), BatchNorm(16), ReLU6()]
        }
        let probe = try Self.images(
            [Flatten(), Linear(108, 16)] + blocks + [Linear(16, 5)], batchSize: 4)
        try probe.check(OnDevice.backend(form)) { try $0.run() }
    }

    /// One number of what a step leaves behind is a little off: a hundredth of what the step changes.
    @Test(arguments: ["parameters", "optimizer.exp_avg", "optimizer.exp_avg_sq", "metrics"])
    func aWrongNumberIsFoundAndNamed(leaf: String) throws {
        let backend = ReferenceBackend<Double>()
        let difference = #expect(throws: StepProbe.Difference.self) {
            try Self.probe().check(backend) { executable in
                let buffer = try? executable.buffer(named: leaf)
                let before = try buffer.map { try backend.read($0) }
                try executable.run()
                guard let buffer, let before else { return }
                var after = try backend.read(buffer)
                after[after.count / 2] += 0.5 * (after[after.count / 2] - before[before.count / 2])
                // Where it changes nothing there, a number that comes from nowhere.
                if leaf == "metrics" { after[0] *= 1.01 }
                try backend.write(after, to: buffer)
            }
        }
        let name = leaf == "metrics" ? "loss" : leaf
        #expect(difference?.description.contains(name) == true)
    }

    @Test func aStepThatDamagesWhatItReadsIsFound() throws {
        let backend = ReferenceBackend<Double>()
        #expect(throws: StepProbe.Difference.self) {
            try Self.probe().check(backend) { executable in
                try executable.run()
                let features = try executable.buffer(named: TrainingGraphs.Name.features)
                var values = try backend.read(features)
                values[0] += 1
                try backend.write(values, to: features)
            }
        }
    }

    @Test func aStepThatIsNotRunIsFound() throws {
        #expect(throws: StepProbe.Difference.self) {
            try Self.probe().check(ReferenceBackend<Double>()) { _ in }
        }
    }

    @Test func theWrongOperationIsNamed() throws {
        let x = try Tensor.input("x", [4, 6])
        let graph = try Graph(outputs: ["y": (exp(x) + 1).sum([1])])
        let backend = ReferenceBackend<Double>()
        #expect(try OperationProbe.firstWrong(of: graph, on: backend) { try $0.run() } == nil)
        let wrong = try OperationProbe.firstWrong(of: graph, on: backend) { executable in
            try executable.run()
            let result = try executable.buffer(named: "result")
            guard result.type.shape == [4] else { return }
            try backend.write([0, 0, 0, 0] as [Double], to: result)
        }
        #expect(wrong?.operation.operation.name.contains("sum") == true)
    }
}
