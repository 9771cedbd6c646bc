import Charts
import Foundation
import NNGPU
import Testing

@Suite struct MisuseTests {
    @Test(arguments: Misuse.usage)
    func usage(misuse: Misuse) throws { try expectOneSentence(misuse) }

    @Test(arguments: Misuse.input)
    func input(misuse: Misuse) throws { try expectOneSentence(misuse) }

    @Test(arguments: Misuse.runFiles)
    func runFile(misuse: Misuse) throws { try expectOneSentence(misuse) }

    @Test(arguments: Misuse.run)
    func run(misuse: Misuse) throws { try expectOneSentence(misuse) }

    @Test func noDriver() throws {
        let workspace = try Self.makeFixtures()
        let environment = try DeviceTests.withoutDrivers(Workspace())
        for command in [
            "train --data xor", "check", "bench", "evaluate --model m.safetensors --data xor",
        ] {
            try expectOneSentence(
                Misuse("\(command) --device 0", 69, "doctor"), in: workspace,
                environment: environment)
        }
    }

    @Test func missingFashionMNIST() throws {
        let workspace = try Workspace()
        let misuse = Misuse("train", 66, "NNGPU_DATA", "dataset-fashion-mnist")
        try expectOneSentence(
            misuse, in: workspace, environment: ["NNGPU_DATA": workspace.url.path])
        let outcome = try workspace.run(
            "bench train", environment: ["NNGPU_DATA": workspace.url.path])
        #expect(outcome.code == 66 && outcome.stderr.contains("dataset-fashion-mnist"))
    }

    /// Adam's first step is as long as its rate; plain descent goes as far in the second.
    @Test(
        arguments: [
            "--data moons --steps 1", "--data moons --steps 3 --loss-interval 1",
            "--data good.csv --steps 1", "--data good.csv --steps 3 --optimizer sgd",
            "--data moons --epochs 3 --clip-norm 1e30",
        ], testedDevices)
    func aDivergingTrainingSavesNothing(flags: String, device: String) throws {
        let workspace = try Workspace()
        try workspace.write("label,a\n1,0.5\n0,-0.5\n1,0.25\n", as: "good.csv")
        try workspace.write("what was there", as: "m.safetensors")
        // In double precision, the reference's numbers reach further.
        let rate = device == "reference" ? "1e200" : "1e30"
        try expectOneSentence(
            Misuse(
                "train \(flags) --hidden 4,4 --activation softplus --learning-rate \(rate) "
                    + "--save m.safetensors --quiet --device \(device)", 1, "epoch", "step"),
            in: workspace)
        #expect(try workspace.text("m.safetensors") == "what was there")
    }

    @Test func aFailureLeavesWhatWasSaved() throws {
        let workspace = try Workspace()
        try workspace.write("what was there", as: "m.safetensors")
        for line in ["--data nosuch.csv", "--data xor --device 99", "--data xor --epochs 0"] {
            let outcome = try workspace.run("train \(line) --save m.safetensors")
            #expect(outcome.code != 0)
        }
        #expect(try workspace.text("m.safetensors") == "what was there")
        // No scratch file stays behind either.
        let names = try FileManager.default.contentsOfDirectory(atPath: workspace.url.path)
        #expect(names.filter { !$0.hasPrefix(".") } == ["m.safetensors"])
        #expect(!names.contains { $0.hasSuffix(".tmp") })
    }

    // MARK: - The sentence

    private func expectOneSentence(_ misuse: Misuse) throws {
        try expectOneSentence(misuse, in: Self.makeFixtures())
    }

    private func expectOneSentence(
        _ misuse: Misuse, in workspace: Workspace, environment: [String: String] = [:],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let outcome = try workspace.run(misuse.line, environment: environment)
        func expect(_ condition: Bool, _ what: Comment) {
            #expect(condition, "\(what): \(outcome)", sourceLocation: sourceLocation)
        }
        expect(outcome.code == misuse.code, "exit code is not \(misuse.code)")
        expect(outcome.stdout == "", "stdout is for results")
        let lines = outcome.stderr.split(separator: "\n", omittingEmptySubsequences: false)
        expect(lines.count == 2 && lines.last == "", "not one line")
        expect(outcome.stderr.hasPrefix("nngpu: "), "it does not say who speaks")
        for word in misuse.words { expect(outcome.stderr.contains(word), "it lacks \(word)") }
        // Names of types and cases, payloads with labels, domains and crashes.
        let leaks = [
            "Error(", "Optional(", "NNFiles", "NNTraining", "NNGraph", "NNOpenCL", "Swift",
            "Domain",
            "ArgumentParser", "Fatal", "  ",
        ]
        for leak in leaks { expect(!outcome.stderr.contains(leak), "it leaks \(leak)") }
        expect(!outcome.stderr.contains(/\b[a-z]\w*\(\w*:/), "it looks like a dumped case")
    }

    // MARK: - Fixtures

    private static func makeFixtures() throws -> Workspace {
        let workspace = try Workspace()
        let model = Sequential.multilayerPerceptron(inputs: 2, hidden: [4], outputs: 2)
        let description = try ModelDescription(
            model: model, inputShape: [2], loss: .crossEntropy
        ).json()
        let layout = try ParameterLayout(of: model, inputShape: [2])
        let file = try Safetensors(
            layout.tensors(from: layout.initialValues(seed: 0)),
            metadata: [ModelDescription.metadataKey: description])
        let saved = try file.encoded()
        try workspace.write(saved, as: "m.safetensors")
        try workspace.write(saved.dropLast(9), as: "cut.safetensors")
        try Safetensors(file.tensors).write(to: workspace.url.appending(path: "bare.safetensors"))
        try workspace.write(
            Data(file.encodedAsNumPyArchive(name: "bare.npz")), as: "bare.npz")
        let image = try #require(
            PageImage(width: 3, height: 3, values: [Float](repeating: 0, count: 9))
        ).png
        try workspace.write(image, as: "large.png")
        let fitting = try #require(PageImage(width: 2, height: 1, values: [0, 1])).png
        try workspace.write(fitting.dropLast(20), as: "cut.png")
        let infinite = try file.tensors.map {
            try Safetensors.Tensor(
                name: $0.name, shape: $0.shape,
                floats: [.infinity] + [Float](repeating: 0, count: $0.count - 1))
        }
        try Safetensors(infinite, metadata: file.metadata).write(
            to: workspace.url.appending(path: "infinite.safetensors"))

        let texts = [
            "empty/README": "", "folder.csv/README": "", "good.csv": "1,0\n2,1\n3,0\n",
            "ragged.csv": "1,2,0\n3,4,1\n5,6\n", "words.csv": "a,label\nb,0\n",
            "nan.csv": "1,2\nnan,1\n", "blank.csv": "\n", "one.csv": "1\n2\n",
            "three.csv": "1,2,0\n3,4,1\n5,6,2\n", "text.npy": "not an array",
            "words.json": "words", "words.onnx": "words", "words.npz": "words", "odd.raw": "abc",
            "badgzip/train-images-idx3-ubyte.gz": "words",
            "m.json": description,
            "layer.json": """
            {"inputShape": [2], "loss": "mse",
             "model": {"type": "sequential", "layers": [{"type": "conv"}]}}
            """,
        ]
        for (name, text) in texts { try workspace.write(text, as: name) }
        for (name, text) in RunFileTests.misused { try workspace.write(text, as: "\(name).yaml") }
        try workspace.write(Data([0xFF, 0xFE, 0xFD]), as: "binary.yaml")
        try workspace.writeNumPy([0, 1, 2, 3, 4, 5, 6, 7], shape: [4, 2], as: "x.npy")
        try workspace.writeNumPy([0, 1, 2, 3, 4, 5], shape: [2, 3], as: "wide.npy")
        try workspace.writeNumPy([0, 1, 2, .nan], shape: [2, 2], as: "nan.npy")
        try workspace.writeNumPy([0, 1, 0, 1], shape: [4], as: "y.npy")
        try workspace.writeNumPy([0, 1, 0], shape: [3], as: "y3.npy")
        try workspace.write(workspace.data("x.npy").dropLast(3), as: "short.npy")
        try workspace.writeIDX([1, 2, 3], shape: [2, 2, 2], as: "badidx/train-images-idx3-ubyte")
        try workspace.writeIDX([0, 1], shape: [2], as: "badidx/train-labels-idx1-ubyte")
        try workspace.writeIDX([0, 1], shape: [2], as: "badgzip/train-labels-idx1-ubyte")
        try workspace.writeIDX([0, 1], shape: [2, 1, 1], as: "half/train-images-idx3-ubyte")
        return workspace
    }
}
