import NNGraph
import NNReference

/// Buffers that a backend did not make.
enum ReferenceBuffers {
    static func makeForeign(to kind: TestBackend) -> any TensorBuffer {
        kind == .referenceDouble
            ? ReferenceBackend<Float>().makeBuffer(TensorType([2]))
            : ReferenceBackend<Double>().makeBuffer(TensorType([2]))
    }
}
