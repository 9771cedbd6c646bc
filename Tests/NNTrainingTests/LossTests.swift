import NNFiles
import NNGraph
import NNReference
import NNModel
import NNTraining
import Testing

@Suite struct LossTests {
    private func trainer(_ loss: some Loss, outputs: Int) throws -> Trainer {
        try Trainer(
            model: Sequential { Linear(2, outputs, bias: false) }, inputShape: [2], loss: loss,
            optimizer: SGD(), learningRate: 0.1, backend: ReferenceBackend<Double>())
    }

    private func dataset(_ targets: [Float], width: Int = 1) throws -> Dataset {
        let features = [[1, 0], [0, 1], [-1, 0]].flatMap { $0 } as [Float]
        return try Dataset(
            name: "set", features: Array(features.prefix(2 * targets.count / width)),
            sampleShape: [2], targets: targets, targetWidth: width)
    }

    private func load(_ weight: [Float], _ trainer: Trainer) throws {
        let shape = [weight.count / 2, 2]
        try trainer.load(Safetensors([.init(name: "0.weight", shape: shape, floats: weight)]))
    }

    @Test func rightClassesAreCounted() throws {
        let trainer = try trainer(.crossEntropy, outputs: 3)
        // Logits: [1, 0, 0], [0, 2, 2] and [−1, 0, 0]; the first of equal ones counts.
        try load([1, 0, 0, 2, 0, 2], trainer)
        #expect(try trainer.evaluate(dataset([0, 1, 1])).accuracy == 1)
        #expect(try trainer.evaluate(dataset([1, 1, 2])).accuracy == 1 / 3)
    }

    @Test func aPositiveLogitIsClassOne() throws {
        let trainer = try trainer(.binaryCrossEntropy, outputs: 1)
        // Logits 3, 0 and −3.
        try load([3, 0], trainer)
        #expect(try trainer.evaluate(dataset([1, 0, 0])).accuracy == 1)
        #expect(try trainer.evaluate(dataset([0, 1, 0]), batchSize: 2).accuracy == 1 / 3)
    }

    @Test func aSureLogitKeepsItsSmallLossAndGradient() throws {
        let backend = ReferenceBackend<Double>()
        let (x, y) = (try Tensor.input("x", [2, 1]), try Tensor.input("y", [2]))
        let losses = try BinaryCrossEntropy().terms(x, y).values
        let dx = try gradients(of: losses, withRespectTo: [x])[0]
        let executable = try backend.compile(Graph(outputs: ["losses": losses, "dx": dx]))
        try backend.write([30, -30] as [Double], to: executable.buffer(named: "x"))
        try backend.write([1, 0] as [Double], to: executable.buffer(named: "y"))
        try executable.run()
        // log(1 + e⁻³⁰) and e⁻³⁰/(1 + e⁻³⁰), which differ from e⁻³⁰ by less than one part in 10¹³.
        let small = 9.357622968840175e-14
        for (name, signs) in [("losses", [1, 1]), ("dx", [-1, 1])] as [(String, [Double])] {
            let found = try backend.read(executable.buffer(named: name))
            #expect(zip(found, signs).allSatisfy { abs($0 / small - $1) < 1e-12 })
        }
    }

    @Test func squaredErrorsAreAveragedOverOutputsAndSamples() throws {
        let trainer = try trainer(.meanSquaredError, outputs: 2)
        // Outputs [1, 0], [0, 1] and [−1, 0].
        try load([1, 0, 0, 1], trainer)
        let result = try trainer.evaluate(dataset([1, 2, 0, 1, 1, 0], width: 2), batchSize: 2)
        #expect(result.loss == 8.0 / 6)
        #expect(result.accuracy == nil)
        #expect(result.count == 3)
    }

    @Test func targetsThatDoNotFitAreNamed() throws {
        let classes = try trainer(.crossEntropy, outputs: 2)
        #expect(
            throws: LossError.labelWithoutOutput(
                dataset: "set", sample: 1, label: 2, outputs: 2)
        ) { try classes.evaluate(dataset([0, 2, 1])) }
        #expect(throws: DataError.self) { try classes.evaluate(dataset([0, 0.5, 1])) }
        let binary = try trainer(.binaryCrossEntropy, outputs: 1)
        #expect(throws: LossError.notBinary(dataset: "set", sample: 2, value: 2)) {
            try binary.evaluate(dataset([0, 1, 2]))
        }
        let squares = try trainer(.meanSquaredError, outputs: 2)
        #expect(throws: LossError.targetWidth(dataset: "set", width: 1, outputs: 2)) {
            try squares.evaluate(dataset([0, 1, 2]))
        }
    }

    @Test func outputsThatDoNotFitAreRefusedAtOnce() {
        let error = #expect(throws: LossError.self) {
            try trainer(BinaryCrossEntropy(positiveWeight: [1, 2, 3]), outputs: 2)
        }
        #expect(error?.description.contains("one for each output") == true)
    }
}
