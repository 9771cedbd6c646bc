import Charts
import Foundation
import NNGPU
import Testing

/// Images from folders of classes, and what a model remembers of the samples that it was trained on.
@Suite struct ImageCommandTests {
    private let workspace: Workspace

    init() throws { workspace = try Workspace() }

    private func write(_ shade: Float, _ width: Int, _ height: Int, as name: String) throws {
        // No picture is of one shade alone.
        let values = (0..<width * height).map { shade + 0.1 * Float($0 % 3) }
        let image = try #require(PageImage(width: width, height: height, values: values))
        try workspace.write(image.png, as: name)
    }

    /// What Pillow wrote for the tests.
    private static func jpeg(_ name: String) throws -> Data {
        try Data(
            contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .appending(path: "../Fixtures/images/\(name).jpg"))
    }

    private func writeFolders() throws {
        for place in 0..<8 {
            let part = place < 6 ? "train" : "test"
            try write(0.1, 5 + place, 12 - place, as: "data/\(part)/dark/\(place).png")
            try write(0.7, 9, 3 + place, as: "data/\(part)/light/\(place).png")
        }
        try workspace.write("no image", as: "data/train/dark/._1.png")
    }

    @Test func foldersOfClassesAreTrainedEvaluatedAndPredicted() throws {
        try writeFolders()
        let outcome = try workspace.run(
            "train --data data --image-size 4x6 --hidden 4 --epochs 30 --batch-size 4 --learning-rate 0.05 "
                + "--device reference --save m.safetensors")
        try #require(outcome.code == 0, "\(outcome)")
        #expect(
            outcome.stderr.contains(
                "input features: [4, 6], bytes as numbers from 0 to 1, images brought to that size")
        )
        #expect(outcome.stderr.contains("2 classes: dark 6, light 6"))
        let result = try workspace.decode(
            Schema.Evaluation.self,
            "evaluate --model m.safetensors --data data --device reference --json")
        #expect(result.samples == 4 && result.accuracy == 1)
        let input = try ModelDescription(of: workspace.weights("m.safetensors")).network.inputs[0]
        #expect(input.shape == [24] && input.sampleShape == [4, 6] && input.resizesImages)
        #expect(
            try workspace.succeed("model m.safetensors").contains(
                "input features: float [24], of samples [4, 6], images brought to that size"))
        // Of any size and kind, with the names of the classes.
        try write(0.7, 31, 2, as: "new/b.png")
        try workspace.write(Self.jpeg("turned-6"), as: "new/c.jpeg")
        try workspace.write("no image", as: "new/._b.png")
        let lines = try workspace.succeed(
            "predict --model m.safetensors --input new --device reference"
        ).split(separator: "\n")
        #expect(lines.count == 3 && lines[1].hasPrefix("new/b.png,1,light,"))
        #expect(lines[2].hasPrefix("new/c.jpeg,"))
        // The sizes are said where no size is asked for.
        let mixed = try workspace.run("train --data data --device reference")
        #expect(mixed.code == 66 && mixed.stderr.contains("--image-size 32 or 32x48"))
    }

    @Test func presetsTakeTheShapeOfTheImages() throws {
        try writeFolders()
        let outcome = try workspace.run(
            "train --data data --image-size 12x16 --model cnn --steps 2 --batch-size 4 --device reference "
                + "--save m.safetensors")
        try #require(outcome.code == 0, "\(outcome)")
        let description = try ModelDescription(of: workspace.weights("m.safetensors"))
        #expect(description.network.inputShape == [1, 12, 16])
        let layout = try ParameterLayout(of: description.network)
        #expect(layout.outputShape == [1, 2])
        #expect(layout.entries[0].name == "0.weight" && layout.entries[0].shape == [32, 1, 3, 3])
        // Images of any size are predicted, as the model resizes them.
        try write(0.7, 31, 2, as: "new/b.png")
        let lines = try workspace.succeed(
            "predict --model m.safetensors --input new --device reference"
        ).split(separator: "\n")
        #expect(lines.count == 2)
        _ = try workspace.succeed("export --model m.safetensors --output m.onnx")
        let exported = try workspace.succeed(
            "predict --model m.onnx --input new --device reference")
        #expect(exported.split(separator: "\n").count == 2)
    }

    @Test func colorsAreAChoice() throws {
        for name in ["a", "b"] {
            try workspace.write(Self.jpeg("444"), as: "data/\(name)/1.jpg")
            try write(0.5, 22, 14, as: "data/\(name)/2.png")
        }
        for (flag, shape) in [
            ("", "[3, 14, 22]"), (" --image-channels colour", "[3, 14, 22]"),
            (" --image-channels gray", "[14, 22]"), (" --image-channels 1", "[14, 22]"),
        ] {
            let outcome = try workspace.run(
                "train --data data --steps 1 --hidden 3 --scale standard --device reference "
                    + "--save m.safetensors\(flag)")
            #expect(outcome.code == 0, "\(outcome)")
            #expect(outcome.stderr.contains("input features: \(shape), bytes"), "\(outcome.stderr)")
            // The model knows its channels; the flag is not needed again.
            try workspace.succeed("evaluate --model m.safetensors --data data --device reference")
        }
    }

    /// Faults A8.
    @Test func samplesOfAnotherShapeAreRefused() throws {
        let pixels = (0..<96).map { UInt8($0 * 7 % 251) }
        try workspace.writeIDX(pixels, shape: [4, 4, 6], as: "idx/train-images-idx3-ubyte")
        try workspace.writeIDX([0, 1, 0, 1], shape: [4], as: "idx/train-labels-idx1-ubyte")
        let line = "train --hidden 3 --steps 4 --device reference --save m.safetensors"
        try workspace.succeed("\(line) --data idx")
        let predict = "predict --model m.safetensors --device reference --input"
        let expected = try workspace.succeed("\(predict) idx/train-images-idx3-ubyte")
        for place in 0..<4 {
            let values = pixels[24 * place..<24 * place + 24].map { (Float($0) + 0.5) / 255 }
            for (width, height, name) in [(6, 4, "right"), (8, 3, "wrong")] {
                let image = try #require(PageImage(width: width, height: height, values: values))
                try workspace.write(image.png, as: "\(name)/\(place).png")
            }
        }
        let named = try workspace.succeed("\(predict) right").split(separator: "\n").map {
            $0.drop { $0 != "," }.dropFirst()
        }
        #expect(named.joined(separator: "\n") + "\n" == expected)
        let wrong = try workspace.run("\(predict) wrong")
        #expect(
            wrong.code == 66
                && wrong.stderr.contains("wrong/0.png is 8 pixels wide and 3 high"))
        let floats = pixels.map { Float($0) / 255 }
        try workspace.writeNumPy(floats, shape: [4, 24], as: "row.npy")
        #expect(try workspace.succeed("\(predict) row.npy") == expected)
        try workspace.writeNumPy(floats, shape: [4, 3, 8], as: "x.npy")
        try workspace.writeNumPy([0, 1, 0, 1], shape: [4], as: "y.npy")
        for line in [
            "\(predict) x.npy",
            "train --init m.safetensors --steps 4 --device reference --data x.npy,y.npy",
            "evaluate --model m.safetensors --data x.npy,y.npy --device reference",
        ] {
            let outcome = try workspace.run(line)
            #expect(
                outcome.code == 66
                    && outcome.stderr.contains(
                        "samples of shape [3, 8], and the model was made for [4, 6]"),
                "\(outcome)")
        }
    }

    @Test func aTrainingIsNotResumedOnAnotherShape() throws {
        let numbers = (0..<48).map { Float($0 * 7 % 11) }
        try workspace.writeNumPy(numbers, shape: [4, 3, 4], as: "x.npy")
        try workspace.writeNumPy([0, 1, 0, 1], shape: [4], as: "y.npy")
        let line = "train --data x.npy,y.npy --hidden 3 --device reference --checkpoint run"
        try workspace.succeed("\(line) --steps 2 --every 1")
        try workspace.writeNumPy(numbers, shape: [4, 2, 6], as: "x.npy")
        let outcome = try workspace.run("\(line) --steps 4 --every 1 --resume")
        #expect(outcome.code != 0 && outcome.stderr.contains("the shape of a sample"), "\(outcome)")
        try workspace.writeNumPy(numbers, shape: [4, 3, 4], as: "x.npy")
        try workspace.succeed("\(line) --steps 4 --every 1 --resume")
    }
}
