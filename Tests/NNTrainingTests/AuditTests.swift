import NNGraph
import NNReference
import Testing

@testable import NNTraining

/// What a training with audits notices.
@Suite struct AuditTests {
    private func trainer(_ loss: Loss, on backend: any Backend) throws -> Trainer {
        try Trainer(
            model: .multilayerPerceptron(
                inputs: 2, hidden: [16, 8], outputs: loss == .softmaxCrossEntropy ? 2 : 1,
                activation: .gelu, dropout: 0.1),
            inputShape: [2], loss: loss, optimizer: Adam(), learningRate: 0.01, clipNorm: 1,
            backend: backend)
    }

    private func options(audit: Int?) -> TrainingOptions {
        TrainingOptions(length: .steps(40), batchSize: 32, auditInterval: audit)
    }

    @Test(arguments: Loss.allCases)
    func aRightDeviceIsNeverAccusedAndTrainsTheSame(loss: Loss) throws {
        let data = try GeneratedData.moons.split(seed: 1).train
        let audited = try trainer(loss, on: ReferenceBackend<Float>())
        let target =
            loss == .softmaxCrossEntropy
            ? data
            : try Dataset(
                name: "moons", features: data.features, sampleShape: [2], targets: data.targets,
                targetWidth: 1)
        try audited.fit(target, options: options(audit: 1))
        let plain = try trainer(loss, on: ReferenceBackend<Float>())
        try plain.fit(target, options: options(audit: nil))
        #expect(try audited.parameters().tensors == plain.parameters().tensors)
    }

    @Test(arguments: [0, 1, 3])
    func aDeviceThatBeginsToComputeWronglyIsNoticed(place: Int) throws {
        let backend = WrongBackend(place: place)
        let training = try trainer(.softmaxCrossEntropy, on: backend)
        let error = #expect(throws: TrainingError.self) {
            try training.fit(
                GeneratedData.moons.split(seed: 1).train, options: options(audit: 2),
                shouldStop: {
                    backend.isWrong = training.step >= 20
                    return false
                })
        }
        guard case .audit(let step, let quantity, let device, let reference, let bound)? = error
        else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(step == 22)
        #expect(place == 0 ? quantity == "loss" : quantity.hasPrefix("norm of the gradient of"))
        #expect(abs(device - reference) > bound)
        #expect(bound < 1e-3 * abs(reference))
    }
}

/// The reference in single precision, with an error of a thousandth in one number once it is told to.
private final class WrongBackend: Backend {
    var isWrong = false
    private let backend = ReferenceBackend<Float>()
    private let place: Int

    init(place: Int) { self.place = place }

    var name: String { backend.name }
    var isDoublePrecision: Bool { false }
    func makeBuffer(_ type: TensorType) -> any TensorBuffer { backend.makeBuffer(type) }
    func write(_ values: [Double], to buffer: any TensorBuffer) throws {
        try backend.write(values, to: buffer)
    }
    func write(_ values: [Float], to buffer: any TensorBuffer) throws {
        try backend.write(values, to: buffer)
    }
    func write(_ values: [Int32], to buffer: any TensorBuffer) throws {
        try backend.write(values, to: buffer)
    }
    func write(_ bytes: [UInt8], to buffer: any TensorBuffer) throws {
        try backend.write(bytes, to: buffer)
    }
    func read(_ buffer: any TensorBuffer) throws -> [Double] {
        var values = try backend.read(buffer)
        // The loss and the norms of six gradients.
        if isWrong, values.count == 7 { values[place] *= 1.001 }
        return values
    }
    func readFloats(_ buffer: any TensorBuffer) throws -> [Float] { try backend.readFloats(buffer) }
    func readInt32s(_ buffer: any TensorBuffer) throws -> [Int32] { try backend.readInt32s(buffer) }
    func copy(
        _ source: any TensorBuffer, from offset: Int, to target: any TensorBuffer
    ) throws {
        try backend.copy(source, from: offset, to: target)
    }
    func compile(
        _ graph: Graph, binding buffers: [String: any TensorBuffer]
    ) throws -> any Executable {
        try backend.compile(graph, binding: buffers)
    }
    func synchronize() {}
}
