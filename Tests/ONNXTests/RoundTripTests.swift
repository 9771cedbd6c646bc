import NNFiles
import NNGraph
import NNModel
import NNTraining
import Testing

@testable import ONNX

@Suite struct RoundTripTests {
    @Test func everyLayerComesBackExactly() throws {
        let original = try saved(everyLayer, inputShape: [5], loss: .meanSquaredError)
        let bytes = try ONNXFile.encode(original)
        let back = try ONNXFile.decode([UInt8](bytes))
        #expect(try back.encoded() == original.encoded())
        #expect(try ONNXFile.encode(back) == bytes)
    }

    @Test func samplesOfHigherRankComeBackExactly() throws {
        let model = Sequential {
            Linear(4, 3)
            Softmax()
            Linear(3, 2, bias: false)
        }
        let original = try saved(model, inputShape: [2, 5, 4])
        let back = try ONNXFile.decode([UInt8](ONNXFile.encode(original)))
        #expect(try back.encoded() == original.encoded())
    }

    @Test func namesOfLayersComeBack() throws {
        let model = Sequential([
            "fc1": Linear(4, 3), "act": ReLU(),
            "head": Sequential(["out": Linear(3, 2)]),
        ])
        let original = try saved(model, inputShape: [4])
        #expect(original.tensors.map(\.name).contains("head.out.weight"))
        let bytes = try ONNXFile.encode(original)
        let graph = try ModelProto(serializedBytes: [UInt8](bytes)).graph
        let known = Set(graph.initializer.map(\.name) + graph.input.map(\.name))
        let made = Set(graph.node.flatMap(\.output))
        #expect(graph.node.flatMap(\.input).allSatisfy { known.contains($0) || made.contains($0) })
        #expect(try ONNXFile.decode([UInt8](bytes)).encoded() == original.encoded())
    }

    @Test func metadataOfTheCallerTravelsAlong() throws {
        var original = try saved(everyLayer, inputShape: [5])
        original.metadata["note"] = "for \u{2028} Ünï"
        let back = try ONNXFile.decode([UInt8](ONNXFile.encode(original)))
        #expect(back.metadata == original.metadata)
    }

    @Test func aGivenLossReplacesTheDescribedOne() throws {
        let original = try saved(everyLayer, inputShape: [5], loss: .crossEntropy)
        let bytes = try [UInt8](ONNXFile.encode(original))
        let back = try ONNXFile.decode(bytes, loss: .meanSquaredError)
        #expect(try ModelDescription(of: back).task.loss is MeanSquaredError)
    }

    @Test func theFileSaysWhatItIs() throws {
        let bytes = try ONNXFile.encode(saved(everyLayer, inputShape: [5]))
        let model = try ModelProto(serializedBytes: bytes)
        #expect(model.opsetImport.map(\.version) == [20] && model.irVersion == 9)
        #expect(
            model.graph.node.map(\.opType) == [
                "Gemm", "Sigmoid", "Gemm", "Tanh", "Gemm", "Relu", "Gemm", "LeakyRelu", "Gelu",
                "Softplus", "Gemm", "Softmax",
            ])
        #expect(model.graph.input[0].type.tensorType.shape.dim.map(\.dimParam) == ["batch", ""])
        #expect(model.graph.output.map(\.name) == model.graph.node.last?.output)
    }

    @Test func layersOfTheCallerAreRefused() throws {
        struct Doubling: Layer {
            static let typeName = "doubling"
            func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor { try x * 2 }
        }
        let model = Sequential {
            Linear(2, 2)
            Doubling()
        }
        #expect(throws: ONNXError(.unsupportedLayer(place: "1", kind: "Doubling"))) {
            try ONNXFile.check(Network(model, inputShape: [2]))
        }
    }

    @Test func weightsThatAreNotFiniteAreNotWritten() throws {
        let whole = try saved(Sequential { Linear(1, 1, bias: false) }, inputShape: [1])
        let broken = try Safetensors(
            [.init(name: "0.weight", shape: [1, 1], floats: [.nan])], metadata: whole.metadata)
        #expect(throws: ModelError.parameterNotFinite(name: "0.weight")) {
            try ONNXFile.encode(broken)
        }
    }
}
