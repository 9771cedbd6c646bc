import Foundation
import NNGPU
import Testing

@Suite struct SavedModelTests {
    private let workspace: Workspace

    init() throws { workspace = try Workspace() }

    /// Trains something small and saves it as `m.safetensors`.
    @discardableResult
    private func train(
        _ flags: String, saving file: String = "m.safetensors"
    ) throws -> Schema.Training {
        try workspace.decode(
            Schema.Training.self, "train \(flags) --save \(file) --json")
    }

    // MARK: - The file

    @Test func layoutAndNamesAreThoseOfATorchSequential() throws {
        try train("--data moons --hidden 7,5 --dropout 0.1 --steps 2")
        let file = try workspace.weights("m.safetensors")
        let shapes = Dictionary(uniqueKeysWithValues: file.tensors.map { ($0.name, $0.shape) })
        // Linear, ReLU, Dropout, Linear, ReLU, Dropout, Linear; [out, in] as in torch.nn.Linear.
        #expect(
            shapes == [
                "0.weight": [7, 2], "0.bias": [7], "3.weight": [5, 7], "3.bias": [5],
                "6.weight": [2, 5], "6.bias": [2],
            ])
        #expect(file.tensors.allSatisfy { $0.elementType == .float32 })
    }

    @Test(arguments: ["m.onnx", "M.ONNX", "m.npz", "m.safetensors", "m", "m.weights"])
    func theEndingSaysTheFormat(name: String) throws {
        try train("--data moons --hidden 4 --steps 3", saving: "other.safetensors")
        let said = try workspace.succeed(
            "train --data moons --hidden 4 --steps 3 --save \(name) --quiet")
        let known = ["onnx", "npz"].first { name.lowercased().hasSuffix($0) }
        let ending = known ?? "safetensors"
        // Where the name does not tell the format, the tool does.
        let isTold = known != nil || name == "m.safetensors"
        #expect(said.hasSuffix(isTold ? "saved \(name)\n" : "saved \(name) (safetensors)\n"))
        // The same as what is exported to that format, whatever the order of the weights.
        try workspace.succeed("export --model other.safetensors --output export.\(ending)")
        let (saved, exported) = (try workspace.data(name), try workspace.data("export.\(ending)"))
        #expect(saved.count == exported.count && saved.prefix(4) == exported.prefix(4))
        // A .npz file has the weights alone.
        try workspace.succeed(
            name.hasSuffix(".npz")
                ? "train --data moons --init \(name) --hidden 4 --steps 1"
                : "evaluate --model \(name) --data moons")
    }

    @Test func theFileDescribesItsModel() throws {
        try train("--data moons --hidden 4 --activation tanh --loss binary-cross-entropy --steps 1")
        let text = try #require(
            workspace.weights("m.safetensors").metadata[ModelDescription.metadataKey])
        let description = try ModelDescription(json: text)
        #expect(description.task.loss is BinaryCrossEntropy)
        #expect(description.network.inputShape == [2])
        #expect(description.network.sequential?.layers.count == 3)
        // The same text is what --model takes.
        try workspace.write(text, as: "m.json")
        let again = try workspace.decode(
            Schema.Training.self, "train --data moons --model m.json --steps 1 --json")
        #expect(again.accuracy != nil)
        try workspace.succeed("check --model m.json")
        try workspace.succeed("check --model m.safetensors")
    }

    @Test func anotherDeviceEvaluatesToTheSame() throws {
        try train("--data moons --hidden 8 --epochs 3")
        let results = try testedDevices.map {
            try workspace.decode(
                Schema.Evaluation.self,
                "evaluate --model m.safetensors --data moons --json --device \($0)")
        }
        for result in results {
            #expect(Swift.abs(result.loss - results[0].loss) < 1e-5)
            #expect(result.accuracy == results[0].accuracy)
        }
    }

    // MARK: - evaluate

    @Test(arguments: testedDevices, ["moons --loss binary-cross-entropy", "xor", "sine"])
    func evaluateRepeatsTheResultOfTraining(device: String, data: String) throws {
        let trained = try train("--data \(data) --hidden 8 --epochs 2 --seed 3 --device \(device)")
        let line = "evaluate --model m.safetensors --data \(trained.evaluatedOn) --seed 3"
        let evaluated = try workspace.decode(
            Schema.Evaluation.self, "\(line) --device \(device) --json")
        #expect(evaluated.accuracy == trained.accuracy)
        // The file rounds the weights of the reference, which are in double precision.
        let limit = device == "reference" ? 1e-7 : 0
        #expect(Swift.abs(evaluated.loss - trained.loss) <= limit)
        #expect(evaluated.samples == trained.samples && evaluated.data == trained.evaluatedOn)
        // People read the same sentence in both places.
        let sentence = try workspace.succeed("\(line) --device \(device)")
        let retrained = try workspace.succeed(
            "train --data \(data) --hidden 8 --epochs 2 --seed 3 --device \(device) --quiet")
        #expect(retrained.contains(sentence))
    }

    // MARK: - predict

    @Test func predictToEveryDestinationIsTheSame() throws {
        try train("--data moons --hidden 8 --epochs 2 --batch-size 50 --learning-rate 0.03")
        let features = (0..<14).map { Float($0) / 7 - 1 }
        try workspace.writeNumPy(features, shape: [7, 2], as: "x.npy")
        let rows = stride(from: 0, to: 14, by: 2).map { "\(features[$0]),\(features[$0 + 1])" }
        try workspace.write((["a,b"] + rows).joined(separator: "\n"), as: "x.csv")

        let line = "predict --model m.safetensors --input"
        let text = try workspace.succeed("\(line) x.npy")
        #expect(try workspace.succeed("\(line) x.csv") == text)
        for name in ["x.npy", "x.csv"] {
            #expect(try workspace.succeed("\(line) -", input: workspace.data(name)) == text)
        }
        #expect(try workspace.succeed("\(line) x.npy --output p.csv") == "")
        #expect(try workspace.text("p.csv") == text)
        #expect(try workspace.succeed("\(line) x.npy --output p.npy") == "")
        let array = try NumPyArray(contentsOf: workspace.url.appending(path: "p.npy").path)
        #expect(array.shape == [7, 2])

        let lines = text.split(separator: "\n").map { $0.split(separator: ",") }
        #expect(lines.map(\.count) == [Int](repeating: 3, count: 8))
        #expect(lines[0] == ["class", "output_0", "output_1"])
        var classes: Set<Int> = []
        for (index, line) in lines.dropFirst().enumerated() {
            let numbers = line.dropFirst().compactMap { Float($0) }
            #expect(numbers == Array(array.values[2 * index..<2 * index + 2]))
            #expect(Int(line[0]) == (numbers[1] > numbers[0] ? 1 : 0))
            classes.insert(Int(line[0]) ?? -1)
        }
        #expect(classes == [0, 1])
    }

    @Test func predictedClassesAreWhatEvaluateCounts() throws {
        try train("--data moons --loss binary-cross-entropy --hidden 8 --epochs 3 --seed 1")
        let test = try #require(DataSource("moons").load(seed: 1).test)
        try workspace.writeNumPy(Array(test.features), shape: [500, 2], as: "x.npy")
        let lines = try workspace.succeed("predict --model m.safetensors --input x.npy")
            .split(separator: "\n").dropFirst().map { $0.split(separator: ",") }
        #expect(lines.count == 500)
        let correct = zip(lines, test.targets).filter { Float($0[0]) == $1 }.count
        let result = try workspace.decode(
            Schema.Evaluation.self,
            "evaluate --model m.safetensors --data moons --seed 1 --json")
        #expect(result.accuracy == Double(correct) / 500)
        #expect(lines.allSatisfy { $0[0] == ((Float($0[1]) ?? 0) > 0 ? "1" : "0") })
    }

    @Test func aRegressionHasNoClassColumn() throws {
        try train("--data sine --hidden 8 --steps 2")
        let text = try workspace.succeed(
            "predict --model m.safetensors --input -", input: Data("0.5\n1\n".utf8))
        #expect(text.hasPrefix("output_0\n"))
        #expect(text.split(separator: "\n").count == 3)
    }

    // MARK: - export

    @Test func anExportedModelServesWhereverASavedOneDoes() throws {
        try train("--data moons --hidden 8 --dropout 0.2 --epochs 2")
        try workspace.succeed("export --model m.safetensors --output m.onnx")
        try workspace.succeed("export --model m.onnx --output again.safetensors")
        let original = try workspace.data("m.safetensors")
        #expect(try workspace.data("again.safetensors") == original)

        let lines = [
            "evaluate --data moons --model", "predict --input x.csv --model",
        ]
        try workspace.write("0.5,1\n-1,0.25\n", as: "x.csv")
        for line in lines {
            let expected = try workspace.succeed("\(line) m.safetensors")
            #expect(try workspace.succeed("\(line) m.onnx") == expected)
        }
        let trained = try ["m.safetensors", "m.onnx"].map { initial in
            try train("--data moons --steps 3 --init \(initial)", saving: "trained.safetensors")
            return try workspace.data("trained.safetensors")
        }
        #expect(trained[0] == trained[1])
        try workspace.succeed("check --model m.onnx")

        try workspace.succeed("export --model m.onnx --loss mse --output r.safetensors")
        #expect(
            try ModelDescription(of: workspace.weights("r.safetensors")).task.loss
                is MeanSquaredError)
    }

    // MARK: - --init

    @Test func trainingGoesOnFromSavedWeights() throws {
        let flags = "--data moons --optimizer sgd --learning-rate 0.1 --no-shuffle"
        // Plain gradient descent in the order of the data has no state besides the weights.
        try train("\(flags) --hidden 8 --activation tanh --epochs 4")
        let whole = try workspace.data("m.safetensors")
        try train("\(flags) --hidden 8 --activation tanh --epochs 2")
        let half = try workspace.data("m.safetensors")
        #expect(half != whole)
        // The layers, too, come from the file.
        try train("\(flags) --epochs 2 --init m.safetensors")
        #expect(try workspace.data("m.safetensors") == whole)
    }

    @Test func weightsWithoutADescriptionSayHowWideTheLayersAre() throws {
        let shapes = ["0": [9, 2], "2": [11, 9], "4": [3, 11]]
        let tensors = try shapes.flatMap { place, shape in
            [
                try Safetensors.Tensor(
                    name: "\(place).weight", shape: shape,
                    floats: (0..<shape[0] * shape[1]).map { sin(Float($0)) }),
                try Safetensors.Tensor(
                    name: "\(place).bias", shape: [shape[0]],
                    floats: [Float](repeating: 0.1, count: shape[0])),
            ]
        }
        let given = try Safetensors(tensors)
        try given.write(to: workspace.url.appending(path: "torch.safetensors"))
        // Three outputs for the two classes of the data: the file decides.
        try train("--data moons --init torch.safetensors --steps 1 --learning-rate 0")
        let kept = try workspace.weights("m.safetensors")
        #expect(kept.tensors.count == 6)
        for tensor in given.tensors { #expect(kept[tensor.name] == tensor) }
        #expect(kept.metadata[ModelDescription.metadataKey]?.contains("relu") == true)

        try train(
            "--data moons --init torch.safetensors --activation gelu --steps 1 --learning-rate 0")
        let other = try workspace.weights("m.safetensors")
        #expect(other.metadata[ModelDescription.metadataKey]?.contains("gelu") == true)
    }

    @Test func flagsOverrideTheDescriptionOfInitialWeights() throws {
        try train("--data moons --hidden 8 --loss binary-cross-entropy --steps 2")
        try train("--data moons --init m.safetensors --activation tanh --steps 2")
        let text = try workspace.weights("m.safetensors").metadata[ModelDescription.metadataKey]
        #expect(text?.contains("tanh") == true && text?.contains("relu") == false)
        #expect(text?.contains("binary-cross-entropy") == true)
    }

    /// A layer without parameters between the others moves their places, and not their order.
    @Test func dropoutMayBeAddedToInitialWeights() throws {
        try train("--data moons --hidden 8 --steps 2")
        try train(
            "--data moons --init m.safetensors --dropout 0.5 --lr 0 --steps 1",
            saving: "dropping.safetensors")
        let files = try ["m", "dropping"].map { try workspace.weights("\($0).safetensors") }
        #expect(files[0]["2.weight"]?.bytes == files[1]["3.weight"]?.bytes)
    }
}
