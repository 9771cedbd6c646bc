import Foundation
import NNFiles
import NNGraph
import NNModel
import NNReference
import NNTraining

@testable import ONNX

/// A saved model with weights that differ from each other.
func saved(
    _ model: Sequential, inputShape: Shape, loss: some Loss = .crossEntropy
) throws -> Safetensors {
    let layout = try ParameterLayout(of: model, inputShape: inputShape)
    let description = ModelDescription(model: model, inputShape: inputShape, loss: loss)
    return try Safetensors(
        layout.tensors(from: layout.initialValues(seed: 3)),
        metadata: [ModelDescription.metadataKey: description.json()])
}

/// A model with every kind of layer.
let everyLayer = Sequential {
    Linear(5, 4)
    Sigmoid()
    Dropout(rate: 0.25)
    Linear(4, 6)
    Tanh()
    Linear(6, 3, bias: false)
    ReLU()
    Sequential {
        Linear(3, 4)
        LeakyReLU(slope: 0.1)
    }
    GELU()
    Softplus()
    Linear(4, 3)
    Softmax()
    Dropout(rate: 0.5)
}

// MARK: - Graphs of other programs

/// A tensor of floats, in the field of its own or as raw bytes.
func tensor(_ name: String, _ dims: [Int64], _ values: [Float], raw: Bool = false) -> TensorProto {
    .with {
        $0.name = name
        $0.dims = dims
        $0.dataType = ElementType.float32
        if raw {
            $0.rawData = values.map { $0.bitPattern.littleEndian }.withUnsafeBytes { Data($0) }
        } else {
            $0.floatData = values
        }
    }
}

/// A node whose result is called `output`.
func node(
    _ kind: String, _ inputs: [String], _ output: String, _ attributes: [AttributeProto] = []
) -> NodeProto {
    .with {
        ($0.opType, $0.input, $0.output, $0.attribute) = (kind, inputs, [output], attributes)
    }
}

func integer(_ name: String, _ value: Int64) -> AttributeProto {
    .with { ($0.name, $0.i, $0.type) = (name, value, .int) }
}

func float(_ name: String, _ value: Float) -> AttributeProto {
    .with { ($0.name, $0.f, $0.type) = (name, value, .float) }
}

/// An input `x` or output of batches of samples of that shape.
func value(_ name: String, _ sample: [Int64]) -> ValueInfoProto {
    .with {
        $0.name = name
        $0.type.tensorType.elemType = ElementType.float32
        $0.type.tensorType.shape.dim =
            [.with { $0.dimParam = "N" }] + sample.map { size in .with { $0.dimValue = size } }
    }
}

/// A file that takes `x` and gives `y`.
func foreign(
    _ nodes: [NodeProto], _ tensors: [TensorProto], sample: [Int64] = [2]
) -> ModelProto {
    .with {
        $0.irVersion = 8
        $0.opsetImport = [.with { $0.version = 17 }]
        $0.graph = .with {
            $0.node = nodes
            $0.initializer = tensors
            $0.input = [value("x", sample)]
            $0.output = [value("y", [])]
        }
    }
}

/// Weights [3, 2] as `w`, their transpose [2, 3] as `v` and a bias [3] as `b`.
let weights: [TensorProto] = [
    tensor("w", [3, 2], [1, 2, 3, 4, 5, 6]), tensor("v", [2, 3], [1, 3, 5, 2, 4, 6], raw: true),
    tensor("b", [3], [7, 8, 9]),
]

func decode(_ model: ModelProto) throws -> Safetensors {
    try ONNXFile.decode([UInt8](model.serializedData()))
}

/// The outputs of a saved model for samples in a row, computed in double precision.
func outputs(of file: Safetensors, for samples: [Float]) throws -> [Float] {
    let description = try ModelDescription(of: file)
    let trainer = try Trainer(
        description.network, task: description.task, optimizer: SGD(), learningRate: 0,
        backend: ReferenceBackend<Double>())
    try trainer.load(file)
    return try trainer.predict(samples)
}

/// Whether numbers are the same up to a rounding.
func isClose(_ found: [Float], _ expected: [Float], within tolerance: Float = 1e-5) -> Bool {
    found.count == expected.count && zip(found, expected).allSatisfy { abs($0 - $1) < tolerance }
}

/// Integers as a tensor of one axis, or of none if there is one without brackets.
func integers(_ name: String, _ values: [Int64]) -> TensorProto {
    .with {
        ($0.name, $0.dims, $0.dataType) = (name, [Int64(values.count)], ElementType.int64)
        $0.int64Data = values
    }
}

/// An operator of `ai.onnx.ml`.
func learned(
    _ kind: String, _ inputs: [String], _ results: [String], _ attributes: [AttributeProto] = []
) -> NodeProto {
    .with {
        ($0.domain, $0.opType) = ("ai.onnx.ml", kind)
        ($0.input, $0.output, $0.attribute) = (inputs, results, attributes)
    }
}
