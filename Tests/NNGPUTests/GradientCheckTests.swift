import NNGPU
import Testing

/// `nngpu check`'s way of judging gradients, on right ones and on wrong ones.
@Suite struct GradientCheckTests {
    private func check(on backend: any Backend) throws -> GradientCheck {
        try GradientCheck(
            of: .multilayerPerceptron(
                inputs: 5, hidden: [7, 6], outputs: 3, activation: .gelu, dropout: 0.2),
            inputShape: [5], loss: .softmaxCrossEntropy, on: backend, batchSize: 4, samples: 100,
            seed: 2)
    }

    @Test(arguments: OnDevice.forms)
    func rightGradientsPass(form: KernelForm) throws {
        let check = try check(on: OnDevice.backend(form))
        #expect(check.passes)
        #expect(check.rows.map(\.parameter).count == 6)
        #expect(check.rows.allSatisfy { $0.sampled == min($0.count, 100) })
        #expect(check.numerical.evaluations == 2 * check.parameterCount)
        // The bound is of use only while it is far below the gradient itself.
        #expect(check.rows.allSatisfy { $0.deviceBound < 1e-3 && $0.deviceError < $0.deviceBound })
    }

    @Test func gradientsThatAreAThousandthOffFail() throws {
        let check = try check(on: SkewedBackend())
        #expect(!check.passes)
        #expect(check.rows.allSatisfy { !$0.isDeviceWithinBound })
        // The reference itself is still right.
        #expect(check.rows.allSatisfy { $0.differenceError <= GradientCheck.differenceLimit })
    }
}

/// A device whose driver computes everything a thousandth too large.
private final class SkewedBackend: Backend {
    private let inner = ReferenceBackend<Float>()
    var name: String { "skewed" }
    var isDoublePrecision: Bool { true }

    func makeBuffer(_ type: TensorType) throws -> any TensorBuffer { inner.makeBuffer(type) }
    func write(_ values: [Double], to buffer: any TensorBuffer) throws {
        try inner.write(values, to: buffer)
    }
    func write(_ values: [Float], to buffer: any TensorBuffer) throws {
        try inner.write(values, to: buffer)
    }
    func write(_ values: [Int32], to buffer: any TensorBuffer) throws {
        try inner.write(values, to: buffer)
    }
    func write(_ bytes: [UInt8], to buffer: any TensorBuffer) throws {
        try inner.write(bytes, to: buffer)
    }
    func read(_ buffer: any TensorBuffer) throws -> [Double] { try inner.read(buffer) }
    func readFloats(_ buffer: any TensorBuffer) throws -> [Float] { try inner.readFloats(buffer) }
    func readInt32s(_ buffer: any TensorBuffer) throws -> [Int32] { try inner.readInt32s(buffer) }
    func copy(_ source: any TensorBuffer, from offset: Int, to target: any TensorBuffer) throws {
        try inner.copy(source, from: offset, to: target)
    }
    func synchronize() throws {}

    func compile(
        _ graph: Graph, binding buffers: [String: any TensorBuffer]
    ) throws -> any Executable {
        let skewed = try Dictionary(
            uniqueKeysWithValues: graph.outputs.map { ($0.value, try $0.value * 1.001) })
        return try inner.compile(graph.replacing(skewed), binding: buffers)
    }
}
