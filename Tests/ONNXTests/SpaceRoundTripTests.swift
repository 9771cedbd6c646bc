import NNFiles
import NNGraph
import NNModel
import NNTraining
import Testing

@testable import ONNX

/// Layers over space, written and read back.
@Suite struct SpaceRoundTripTests {
    private static let image: Shape = [4, 7, 6], lengths: Shape = [4, 9]

    private static let layers: [(any Layer, Shape)] = [
        (
            Conv2d(4, 6, kernel: [3, 2], stride: [2, 1], padding: .places([1, 0]), groups: 2), image
        ),
        (Conv2d(4, 6, kernel: 4, padding: .same, dilation: 2, bias: false), image),
        (Conv2d(4, 6, kernel: 3, padding: .sides(lower: [0, 1], upper: 2)), image),
        (Conv2d(4, 6, kernel: 3, padding: 1, paddingMode: .reflect), image),
        (Conv2d(4, 6, kernel: 4, padding: .same, paddingMode: .replicate), image),
        (Conv2d(4, 6, kernel: 3, stride: 2, padding: 1, paddingMode: .circular), image),
        (Conv1d(4, 6, kernel: 3, padding: 2, paddingMode: .reflect), lengths),
        (
            ConvTranspose2d(4, 6, kernel: 3, stride: 2, padding: 1, outputPadding: 1, groups: 2),
            image
        ),
        (MaxPool2d(3, stride: 2, padding: 1, roundsUp: true), image), (MaxPool1d(2), lengths),
        (AvgPool2d(3, stride: 2, padding: 1, countsPadding: false), image),
        (AvgPool2d([2, 3], roundsUp: true), image), (AvgPool1d(3, padding: 1), lengths),
        (AdaptiveAvgPool2d(), image), (AdaptiveAvgPool2d([7, 3]), image),
        (AdaptiveAvgPool2d([4, 5]), image), (AdaptiveAvgPool2d([9, 1]), image),
        (AdaptiveAvgPool1d(), lengths), (AdaptiveAvgPool1d(4), lengths),
        (Upsample([2, 3]), image), (Dropout2d(rate: 0.3), image),
        (BatchNorm(4, momentum: nil), image), (BatchNorm(4, affine: false), [4]),
        (BatchNorm(4, epsilon: 1e-3), lengths), (GroupNorm(2, 4), image),
        (GroupNorm(4, 4, affine: false), lengths), (GroupNorm(4, 4), lengths),
        (GroupNorm(2, 4), [4]), (InstanceNorm(4), image), (InstanceNorm(4, affine: true), lengths),
        (RMSNorm(6), image), (RMSNorm(4, epsilon: 1e-5), [4]), (LayerNorm(6), image),
        (SiLU(), image), (Mish(), image), (Hardswish(), image), (ELU(alpha: 0.5), image),
        (ReLU6(), image), (PReLU(), image), (PReLU(4), image), (PReLU(4), [4]), (PReLU(), [4]),
    ]

    @Test(arguments: layers.indices)
    func aLayerComesBackExactly(place: Int) throws {
        let (layer, shape) = Self.layers[place]
        // Parameters of their own on both sides, and the layer twice.
        let model = Sequential([
            PReLU(), layer, ReLU(), Flatten(),
            Linear(try size(of: layer, shape), 3),
        ])
        let original = try saved(model, inputShape: shape, loss: .meanSquaredError)
        let bytes = try ONNXFile.encode(original)
        #expect(try ONNXFile.decode([UInt8](bytes)).encoded() == original.encoded())
        let graph = try ModelProto(serializedBytes: bytes).graph
        let read = Set(graph.node.flatMap(\.input))
        #expect(graph.initializer.allSatisfy { read.contains($0.name) })
    }

    private func size(of layer: any Layer, _ shape: Shape) throws -> Int {
        let x = try Tensor.input("x", Shape([1] + shape.dimensions))
        return try layer(x, in: ForwardPass()).shape.count
    }

    @Test func whatWasCountedComesBack() throws {
        let model = Sequential {
            Linear(2, 3)
            BatchNorm(3)
        }
        let begun = try saved(model, inputShape: [2], loss: .meanSquaredError)
        let trained = try Safetensors(
            begun.tensors.map { tensor in
                tensor.name == "1.num_batches_tracked"
                    ? try .init(name: tensor.name, shape: [], floats: [1234]) : tensor
            }, metadata: begun.metadata)
        let back = try ONNXFile.decode([UInt8](ONNXFile.encode(trained)))
        #expect(back["1.num_batches_tracked"]?.floats() == [1234])
        #expect(try back.encoded() == trained.encoded())
    }

    @Test func graphsOfLayersOverSpaceComeBackExactly() throws {
        let convolution = Conv2d(4, 4, kernel: 3, padding: .same, bias: false)
        let model = Sequential {
            Residual(
                Sequential([convolution, GroupNorm(2, 4), SiLU()]),
                shortcut: Sequential([Conv2d(4, 4, kernel: 1), BatchNorm(4)]))
            Parallel(merge: .concatenation(axis: 1)) {
                MaxPool2d(2)
                AvgPool2d(2)
            }
            InstanceNorm(8)
            AdaptiveAvgPool2d()
            Flatten()
            Linear(8, 2)
        }
        let original = try saved(model, inputShape: Self.image)
        let back = try ONNXFile.decode([UInt8](ONNXFile.encode(original)))
        #expect(try back.encoded() == original.encoded())
    }

    /// A file whose scale says something else than the layer that has none.
    @Test func anotherScaleThanDescribedIsRefused() throws {
        let original = try saved(
            Sequential {
                PReLU()
                InstanceNorm(4)
            }, inputShape: Self.image, loss: .meanSquaredError)
        var file = try ModelProto(serializedBytes: ONNXFile.encode(original))
        let place = try #require(file.graph.initializer.firstIndex { $0.name == "1.scale" })
        file.graph.initializer[place].clearRawData()
        file.graph.initializer[place].floatData = [1, 2, 1, 1]
        #expect(throws: ONNXError(.descriptionDiffers)) { try decode(file) }
    }
}

extension TensorProto {
    fileprivate mutating func clearRawData() { rawData.removeAll() }
}
