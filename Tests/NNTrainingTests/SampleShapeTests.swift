import Foundation
import NNFiles
import NNGraph
import TestSupport
import Testing

import NNModel
@testable import NNTraining

/// The shape of a sample is a part of the model.
@Suite struct SampleShapeTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// What a perceptron becomes that is trained on samples of a shape.
    private static func perceptron(_ shape: [Int]) throws -> ModelInput {
        let count = shape.reduce(1, *)
        let dataset = try Dataset(
            name: "d", features: .unorm8([UInt8](repeating: 0, count: 2 * count)),
            sampleShape: shape, targets: [0, 1], targetWidth: 1)
        return Network(Linear(count, 2), inputShape: [count]).remembering(samplesOf: dataset)
            .inputs[0]
    }

    @Test(
        arguments: [
            ([28, 28], [28, 28], true), ([28, 28], [784], true), ([784], [28, 28], true),
            ([28, 28], [1, 28, 28], true), ([28, 28], [28, 28, 1], true),
            ([28, 28], [1, 784], true), ([28, 28], [14, 56], false), ([28, 28], [56, 14], false),
            ([28, 28], [2, 14, 28], false), ([3, 32, 32], [32, 32, 3], false),
            ([3, 32, 32], [3072], true), ([3, 32, 32], [1, 3, 32, 32], true),
            ([3, 32, 32], [3, 1024], false), ([1, 3, 4], [4, 3], false), ([4], [5], false),
        ])
    func shapesAreComparedWithoutAxesOfOne(own: [Int], other: [Int], isTaken: Bool) throws {
        #expect(try Self.perceptron(own).accepts(other) == isTaken)
        #expect(ModelInput("x", Shape(own)).accepts(other) == isTaken)
    }

    @Test func aPerceptronRemembersTheShape() throws {
        let input = try Self.perceptron([28, 28])
        #expect(input.shape == [784] && input.sampleShape == [28, 28] && !input.resizesImages)
        // Nothing to remember: the description is what it always was.
        #expect(try Self.perceptron([4]).sampleShape == [4])
        #expect(try Self.perceptron([1, 4]).sampleShape == [4])
    }

    @Test func theDescriptionKeepsItAndMayLackIt() throws {
        let network = Network(
            body: .layer(Linear(12, 2)),
            inputs: [
                ModelInput("features", [12], sampleShape: [3, 2, 2], resizesImages: true)
            ])
        let json = try ModelDescription(network, task: TrainingTask(.crossEntropy)).json()
        #expect(json.contains(#""resizesImages":true,"sampleShape":[3,2,2]"#))
        #expect(try ModelDescription(json: json).network.inputs == network.inputs)
        #expect(try ModelDescription(json: json).json() == json)
        let old = json.replacing(#""resizesImages":true,"sampleShape":[3,2,2]"#, with: "")
            .replacing(",}", with: "}")
        let read = try ModelDescription(json: old).network.inputs[0]
        #expect(read.sampleShape == [12] && !read.resizesImages)
        for shape in ["[3,2]", "[]", "[-3,-2,2]", "[4294967296,4294967296,12]", "[12,0]"] {
            let bad = json.replacing("[3,2,2]", with: shape)
            #expect(throws: ModelError.self) { try ModelDescription(json: bad) }
        }
    }

    @Test func anotherShapeIsRefusedInTraining() throws {
        let graphs = try TrainingGraphs(
            Network(
                body: .layer(Linear(12, 2)),
                inputs: [ModelInput("features", [12], sampleShape: [3, 4])]),
            task: TrainingTask(.crossEntropy), optimizer: SGD())
        func check(_ shape: [Int]) throws {
            try graphs.check(
                Dataset(
                    name: "d", features: [Float](repeating: 0, count: 24), sampleShape: shape,
                    targets: [0, 1], targetWidth: 1))
        }
        for shape in [[3, 4], [12], [1, 3, 4], [3, 4, 1]] { try check(shape) }
        expectDataError(saying: "d has samples of shape [4, 3], and the model was made for [3, 4]")
        {
            try check([4, 3])
        }
    }

    // MARK: - What is predicted

    private func features(_ path: String, _ input: ModelInput) throws -> [Float] {
        var stream = try SampleStream([path], for: input)
        return try stream.next(10).features
    }

    /// Faults A8: a picture of other sides with as many pixels.
    @Test func anotherShapeIsRefusedInPrediction() throws {
        let input = try Self.perceptron([28, 28])
        let wide = PNGFile(width: 56, height: 14) { _, _ in [1] }.bytes
        expectDataError(saying: "is 56 pixels wide and 14 high", "[28, 28]", "resize") {
            _ = try features(folder.write(wide, as: "x.png"), input)
        }
        let array = NumPyArray(shape: [1, 14, 56], values: [Float](repeating: 0, count: 784))
        expectDataError(saying: "samples of shape [14, 56], and the model was made for [28, 28]") {
            _ = try features(folder.write(array.encoded(), as: "x.npy"), input)
        }
        let idx: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 14, 0, 0, 0, 56]
        expectDataError(saying: "samples of shape [14, 56]") {
            _ = try features(
                folder.write(idx + [UInt8](repeating: 0, count: 784), as: "x.idx"), input)
        }
        let narrow = PNGFile(width: 3, height: 4) { _, _ in [1] }.bytes
        expectDataError(saying: "is 3 pixels wide and 4 high", "[1, 3, 4]") {
            _ = try features(folder.write(narrow, as: "y.png"), ModelInput("x", [1, 3, 4]))
        }
    }

    @Test func onePictureIsTheSameInEveryFormat() throws {
        let (height, width) = (14, 22)
        let source = try ImageFixtures.pillow("source")
        let png = PNGFile(width: width, height: height, color: 2) { x, y in
            (0..<3).map { Int(source.bytes[3 * (y * width + x) + $0]) }
        }.bytes
        let planes = source.planes
        let expected = planes.map { Float($0) / 255 }
        let input = try Self.perceptron([3, height, width])
        #expect(try features(folder.write(png, as: "x.png"), input) == expected)
        let header: [UInt8] = [0, 0, 8, 4, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0, 14, 0, 0, 0, 22]
        #expect(try features(folder.write(header + planes, as: "x.idx"), input) == expected)
        #expect(try features(folder.write(planes, as: "x.raw"), input) == expected)
        let text = "{'descr': '|u1', 'fortran_order': False, 'shape': (1, 3, 14, 22)}"
        var npy: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(text.utf8.count), 0]
        npy += Array(text.utf8) + planes
        #expect(try features(folder.write(npy, as: "x.npy"), input) == expected)
        // A model whose samples have the channels last, as Keras has them, and one of a plain row.
        let last = try Self.perceptron([height, width, 3])
        #expect(
            try features("\(folder.path)/x.png", last) == source.bytes.map { Float($0) / 255 })
        #expect(try features("\(folder.path)/x.png", Self.perceptron([924])) == expected)
        let jpeg = try features(
            folder.write(ImageFixtures.bytes("444.jpg"), as: "x.jpg"), input)
        let pillow = try ImageFixtures.pillow("444.jpg").planes
        #expect(zip(jpeg, pillow).allSatisfy { abs($0 * 255 - Float($1)) < 1.01 })
    }

    @Test func channelsBecomeWhatTheModelHas() throws {
        let gray = try folder.write(
            PNGFile(width: 2, height: 2) { x, y in [10 * x + y] }.bytes, as: "gray.png")
        let color = try folder.write(
            PNGFile(width: 2, height: 2, color: 2) { x, y in [x, y, 200] }.bytes, as: "color.png")
        let shades: [Float] = [0, 10, 1, 11].map { $0 / 255 }
        #expect(try features(gray, Self.perceptron([3, 2, 2])) == shades + shades + shades)
        // 0.114 · 200 = 22.8, and up to 0.886 more.
        for shape in [[2, 2], [1, 2, 2], [2, 2, 1], [4]] {
            #expect(
                try features(color, Self.perceptron(shape)) == [23, 23, 23, 24].map { $0 / 255 })
        }
    }

    @Test func imagesAreResizedIfTheyWereInTraining() throws {
        let path = try folder.write(ImageFixtures.bytes("gray.jpg"), as: "x.jpg")
        let input = ModelInput("x", [35], sampleShape: [5, 7], resizesImages: true)
        let expected = try ImageFixtures.pillow("gray.jpg").converted(toChannels: 1).resized(
            height: 5, width: 7, name: "x")
        for (value, byte) in zip(try features(path, input), expected.bytes) {
            #expect(abs(value * 255 - Float(byte)) < 1.01)
        }
        let row = ModelInput("x", [8], sampleShape: [1, 8], resizesImages: true)
        #expect(try features(path, row).count == 8)
        #expect(
            ImageOptions(for: input)
                == ImageOptions(size: .init(height: 5, width: 7), channels: .gray))
        #expect(ImageOptions(for: ModelInput("x", [3, 5, 7])) == ImageOptions(channels: .color))
        #expect(ImageOptions(for: ModelInput("x", [35])) == ImageOptions())
    }

    @Test func aSingleNumberIsNoSamples() throws {
        let number = try folder.write(NumPyArray(shape: [], values: [3]).encoded(), as: "x.npy")
        expectDataError(saying: "x.npy is a single number: give it an array of shape [samples, …]")
        {
            _ = try features(number, ModelInput("x", [1]))
        }
        expectDataError(saying: "x.npy is a single number") {
            _ = try DataSource("\(number),\(number)").load(seed: 0)
        }
    }

    /// What the tool says of files in formats that it does not read, wherever they are named.
    @Test(arguments: ["x.csv", "x.npy", "x.npz", "x.h5"])
    func otherFormatsAreNamed(name: String) throws {
        let path = try folder.write([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A], as: name)
        expectDataError(saying: "\(name) is an HDF5 file, which is not read here: in Python") {
            _ = try DataSource(name == "x.npy" ? "\(path),\(path)" : path).load(seed: 0)
        }
        expectDataError(saying: "\(name) is an HDF5 file") {
            _ = try features(path, ModelInput("x", [1]))
        }
    }

    /// By channel where there are some, each for all places of its own.
    @Test func aScaleByChannelFitsARow() throws {
        let dataset = try Dataset(
            name: "d", features: .floats([1, 3, 10, 10, 0, 4, 3, 1, 30, 10, 4, 0]),
            sampleShape: [3, 1, 2], targets: [0, 1], targetWidth: 1)
        let network = Network(Linear(6, 2), inputShape: [6]).remembering(samplesOf: dataset)
        let scaled = try network.scaling(dataset.inputs[0], .standard)
        let preparation = try #require(scaled.inputs[0].preparation)
        #expect(preparation.shift == [2, 2, 15, 15, 2, 2])
        // Deviations: 1; sqrt(75); 2.
        let spread = Float(1 / 75.0.squareRoot())
        #expect(preparation.factor == [1, 1, spread, spread, 0.5, 0.5])
        #expect(scaled.inputs[0].sampleShape == [3, 1, 2])
        _ = try ParameterLayout(of: scaled)
    }
}
