import Charts
import Foundation
import NNGPU
import Testing

/// A command that must fail, and how.
struct Misuse: CustomTestStringConvertible {
    let line: String
    let code: Int32
    /// What the sentence must name.
    let words: [String]

    init(_ line: String, _ code: Int32, _ words: String...) {
        self.line = line
        self.code = code
        self.words = words
    }

    var testDescription: String { "nngpu \(line)" }

    // MARK: - Usage

    static let usage = [
        Misuse("nosuch", 64, "'nosuch'", "nngpu --help"),
        Misuse("--nosuch", 64, "'--nosuch'"),
        Misuse("train --nosuch", 64, "'--nosuch'", "nngpu train --help"),
        Misuse("train --hiden 3", 64, "'--hiden'", "'--hidden'"),
        Misuse("train good.yaml extra", 64, "'extra'", "one run file"),
        Misuse("train good.yaml --nosuch", 64, "'--nosuch'"),
        Misuse("train good.yaml --epochs", 64, "Missing value for '--epochs"),
        Misuse("train good.yaml --epochs ten", 64, "'ten'", "--epochs"),
        Misuse("train --hidden 4,,5", 64, "--hidden", "'4,,5'"),
        Misuse("train --hidden 0", 64, "--hidden", "'0'"),
        Misuse("train --hidden four", 64, "--hidden", "'four'"),
        Misuse("train --data xor --hidden 100000,100000", 64, "[100000, 100000]"),
        Misuse("train --data xor --hidden 99999999999999999999", 64, "--hidden"),
        Misuse("train --data xor --hidden 9223372036854775807", 64, "9223372036854775807"),
        Misuse("train --activation step", 64, "'step'", "relu"),
        Misuse("train --loss hinge", 64, "'hinge'", "'mse'"),
        Misuse("train --optimizer lion", 64, "'lion'", "adamw"),
        Misuse("train --dropout 1", 64, "--dropout 1"),
        Misuse("train --dropout nan", 64, "--dropout nan"),
        Misuse("train --schedule linear", 64, "\"linear\"", "cosine"),
        Misuse("train --schedule step:0:0.1", 64, "\"step:0:0.1\""),
        Misuse("train --schedule cosine+cosine", 64, "\"cosine+cosine\""),
        Misuse("train --epochs 0", 64, "--epochs 0"),
        Misuse("train --epochs 1.5", 64, "'1.5'"),
        Misuse("train --epochs 1 --steps 1", 64, "--epochs", "--steps"),
        Misuse("train --steps -1", 64, "--steps"),
        Misuse("train --batch-size 0", 64, "--batch-size 0"),
        Misuse("train --loss-interval 0", 64, "--loss-interval 0"),
        Misuse("train --patience 0", 64, "--patience 0"),
        Misuse("train --weight-decay=-1", 64, "--weight-decay -1"),
        Misuse("train --weight-decay inf", 64, "--weight-decay inf"),
        Misuse("train --data xor --learning-rate=-0.1", 64, "learning rate -0.1"),
        Misuse("train --data xor --learning-rate nan", 64, "learning rate nan"),
        Misuse("train --learning-rate fast", 64, "'fast'"),
        Misuse("train --data xor --clip-norm 0", 64, "norm 0"),
        Misuse("train --data xor --clip-norm -1", 64, "norm -1", "positive"),
        Misuse("train --data xor --clip-norm -1e-3", 64, "norm -0.001", "positive"),
        Misuse("train --data xor --clip-norm -inf", 64, "norm -inf", "positive"),
        Misuse("train --data xor --learning-rate -.5", 64, "learning rate -0.5"),
        Misuse("train --weight-decay -1", 64, "--weight-decay -1"),
        Misuse("train --epochs -2", 64, "--epochs -2 is not positive"),
        Misuse("train --hidden -3,4", 64, "--hidden", "'-3,4'"),
        Misuse("train --seed -1", 64, "--seed", "'-1'"),
        Misuse("train --audit -1", 64, "--audit -1 is not positive"),
        Misuse("train good.yaml --clip-norm -1", 64, "norm -1", "positive"),
        Misuse("tune --budget -5", 64, "--budget", "-5"),
        Misuse("check --samples -1", 64, "--samples -1"),
        Misuse("train --quiet -1", 64, "-1"),
        Misuse("train --save m.pt", 64, "--save m.pt", ".pt", ".safetensors", ".onnx"),
        Misuse("train --save runs/m.PTH", 64, "--save runs/m.PTH", ".safetensors"),
        Misuse("train --save m.bin", 64, "--save m.bin"),
        Misuse("train --save m.h5", 64, "--save m.h5"),
        Misuse("train --save m.ckpt", 64, "--save m.ckpt"),
        Misuse("train --save m.pkl", 64, "--save m.pkl"),
        Misuse("train --save m.npy", 64, "--save m.npy", ".npz"),
        Misuse("train --data good.csv --patience 2 --quiet", 64, "Early stopping"),
        Misuse("train --on-nan ignore", 64, "'ignore'", "rollback"),
        Misuse("train --audit 0", 64, "--audit 0"),
        Misuse("train --audit often", 64, "'often'"),
        Misuse("train --seed=-1", 64, "'-1'"),
        Misuse("train --seed", 64, "--seed"),
        Misuse("train --data nosuch", 64, "\"nosuch\"", "fashion-mnist", "moons"),
        Misuse("train --data x.npy", 64, "\"x.npy\""),
        Misuse("train --model m.json --hidden 3", 64, "--model", "--hidden"),
        Misuse("train --model m.json --activation tanh", 64, "--model", "--activation"),
        Misuse("train --device tpu", 64, "'tpu'", "--device"),
        Misuse("train --device=-1", 64, "'-1'"),
        Misuse("train --trace-steps 5", 64, "--trace-steps", "--trace FILE"),
        Misuse("train --trace t.json --trace-steps 0", 64, "--trace-steps 0", "10000"),
        Misuse("evaluate", 64, "--model"),
        Misuse("predict --model m.safetensors", 64, "--input"),
        Misuse("check --inputs 0", 64, "--inputs 0"),
        Misuse("check --samples 0", 64, "--samples 0"),
        Misuse("check --every-layer --hidden 3", 64, "--every-layer", "--hidden"),
        Misuse("check --model m.safetensors --inputs 3", 64, "--model", "--inputs"),
        Misuse("check --hidden none --inputs 99999999999", 64, "99999999999"),
        Misuse("bench nosuch", 64, "'nosuch'", "'peak'"),
        Misuse("bench step --batch-size 0", 64, "--batch-size"),
        Misuse("bench step --optimizer sgd,lion", 64, "'sgd,lion'"),
        Misuse("bench peak --device reference", 64, "OpenCL device"),
        Misuse("bench step --model default,huge", 64, "'default,huge'"),
        Misuse("bench kernels --filter sort", 64, "--filter sort"),
        Misuse("export --model m.safetensors --output m.bin", 64, "--output m.bin", ".onnx"),
        Misuse("predict --model m.safetensors --input x.npy --format npy", 64, "--output"),
        Misuse("predict --model m.safetensors --input x.npy --format xml", 64, "'xml'", "jsonl"),
        Misuse("predict --model m.safetensors --input a.bmp --input-format bmp", 64, "'png'"),
        Misuse("tune --budget 0", 64, "--budget"),
        Misuse("tune --budget soon", 64, "--budget", "'soon'"),
        Misuse("tune --device reference", 64, "nngpu devices"),
        Misuse("tune --inputs 0", 64, "--inputs 0"),
        Misuse("tune --model m.safetensors --inputs 3", 64, "--model", "--inputs"),
    ]

    // MARK: - Input

    static let input = [
        Misuse("train --data nosuch.csv", 66, "nosuch.csv", "No such file"),
        Misuse("train --data nosuch.npy,y.npy", 66, "nosuch.npy"),
        Misuse("train --data empty", 66, "empty", "train-images-idx3-ubyte"),
        Misuse("train --data ragged.csv", 66, "ragged.csv", "line 3"),
        Misuse("train --data words.csv", 66, "words.csv", "line 2", "\"b\""),
        Misuse("train --data nan.csv", 66, "nan.csv", "line 2"),
        Misuse("train --data blank.csv", 66, "blank.csv", "empty"),
        Misuse("train --data one.csv", 66, "one.csv", "one column"),
        Misuse("train --data nan.npy,y.npy", 66, "nan.npy", "element 3"),
        Misuse("train --data short.npy,y.npy", 66, "short.npy", "truncated"),
        Misuse("train --data good.csv,y.npy", 64, "good.csv,y.npy"),
        Misuse("train --data text.npy,y.npy", 66, "text.npy"),
        Misuse("train --data x.npy,y3.npy", 66, "4 samples", "3"),
        Misuse("train --data badidx", 66, "badidx/train-images-idx3-ubyte", "truncated"),
        Misuse("train --data badgzip", 66, "badgzip/train-images-idx3-ubyte.gz", "gzip"),
        Misuse("train --data half", 66, "train-labels-idx1-ubyte"),
        Misuse("train --data folder.csv", 66, "folder.csv", "folder"),
        Misuse("train --data sine --loss softmax-cross-entropy", 66, "no class label"),
        Misuse("train --data sine --loss binary-cross-entropy --quiet", 66, "0 or 1"),
        Misuse("train --data sine --init m.safetensors --quiet", 66, "sine", "1 feature"),
        Misuse("train --data three.csv --init m.safetensors --quiet", 66, "class 2", "2 outputs"),
        Misuse("train --data xor --init m.safetensors --hidden 5", 66, "0.weight", "[5, 2]"),
        Misuse("train --data xor --init m.safetensors --hidden 4,4", 66, "2.weight", "[4, 4]"),
        Misuse("train --data xor --init m.safetensors --dropout 0.5", 66, "\"3.weight\""),
        Misuse("train --data xor --init nosuch.safetensors", 66, "nosuch.safetensors"),
        Misuse("train --data xor --init x.npy", 66, "x.npy", "safetensors"),
        Misuse("train --data xor --model nosuch.json", 66, "nosuch.json"),
        Misuse("train --data xor --model words.json", 66, "JSON"),
        Misuse("train --data xor --model layer.json", 66, "\"conv\"", "linear"),
        Misuse("evaluate --model nosuch.safetensors", 66, "nosuch.safetensors", "No such file"),
        Misuse("evaluate --model empty", 66, "empty", "directory"),
        Misuse("evaluate --model cut.safetensors", 66, "cut.safetensors"),
        Misuse("evaluate --model bare.safetensors", 66, "does not say what model"),
        Misuse("evaluate --model infinite.safetensors --data xor", 66, "NaN or infinity"),
        Misuse("evaluate --model m.safetensors --data sine", 66, "sine", "takes 2"),
        Misuse("evaluate --model m.safetensors --data nosuch.csv", 66, "nosuch.csv"),
        Misuse("predict --model m.safetensors --input nosuch.npy", 66, "nosuch.npy"),
        Misuse("predict --model m.safetensors --input -", 66, "standard input is empty"),
        Misuse("predict --model m.safetensors --input wide.npy", 66, "wide.npy", "3 features"),
        Misuse("predict --model m.safetensors --input nan.csv", 66, "nan.csv", "line 2"),
        Misuse("predict --model m.safetensors --input x.npy nosuch.png", 66, "nosuch.png"),
        Misuse("predict --model m.safetensors --input empty", 66, "empty", "without PNG images"),
        Misuse("predict --model m.safetensors --input large.png", 66, "large.png", "3 pixels wide"),
        Misuse("predict --model m.safetensors --input cut.png", 66, "cut.png", "damaged PNG"),
        Misuse("predict --model m.safetensors --input odd.raw", 66, "odd.raw", "sample 1"),
        Misuse("predict --model m.safetensors --input x.npy --input-format png", 66, "signature"),
        Misuse("predict --model m.safetensors --input bare.npz", 66, "bare.npz", ".npy"),
        Misuse("train --data nosuch.npz", 66, "nosuch.npz", "No such file"),
        Misuse("train --data words.npz", 66, "words.npz", "no whole zip archive"),
        Misuse("train --data bare.npz", 66, "bare.npz", "0.weight", "x_train"),
        Misuse("evaluate --model bare.npz", 66, "does not say what model"),
        Misuse("evaluate --model nosuch.onnx", 66, "nosuch.onnx", "No such file"),
        Misuse("evaluate --model words.onnx", 66, "words.onnx", "no ONNX file"),
        Misuse("export --model bare.safetensors --output b.onnx", 66, "does not say what model"),
        Misuse("export --model infinite.safetensors --output i.onnx", 66, "NaN or infinity"),
        Misuse("check --model bare.safetensors", 66, "does not say what model"),
        Misuse("bench --baseline nosuch.json", 66, "nosuch.json", "No such file"),
        Misuse("bench --baseline empty", 66, "empty", "folder"),
        Misuse("bench --baseline words.json", 66, "words.json", "bench --json"),
        Misuse("bench --baseline m.json", 66, "m.json", "bench --json"),
    ]

    // MARK: - Run files

    static let runFiles = [
        Misuse("train extra", 66, "run file", "extra", "No such file"),
        Misuse("train empty", 66, "run file", "empty", "folder"),
        Misuse("train /dev/null", 66, "run file", "/dev/null"),
        Misuse("train huge.yaml", 66, "huge.yaml", "65536 bytes"),
        Misuse("train binary.yaml", 66, "binary.yaml", "UTF-8"),
        Misuse("train words.json", 66, "words.json, line 1", "--print-config"),
        Misuse("train list.yaml", 66, "list.yaml, line 1", "--print-config"),
        Misuse("train unclosed.yaml", 66, "unclosed.yaml, line", "not YAML"),
        Misuse("train tab.yaml", 66, "tab.yaml, line 2", "not YAML"),
        Misuse("train documents.yaml", 66, "documents.yaml, line", "not YAML"),
        Misuse("train deep.yaml", 66, "deep.yaml, line 1", "not YAML", "nesting"),
        Misuse("train bomb.yaml", 66, "bomb.yaml", "aliases"),
        Misuse("train misspelled.yaml", 66, "misspelled.yaml, line 3", "\"hiden\"", "hidden"),
        Misuse("train m.json", 66, "m.json", "\"inputShape\"", "--help"),
        Misuse("train twice.yaml", 66, "twice.yaml, line", "\"epochs\"", "twice"),
        Misuse("train empty.yaml", 66, "empty.yaml, line 2", "save has no value"),
        Misuse("train yes.yaml", 66, "yes.yaml, line 1", "\"yes\"", "true or false"),
        Misuse("train switch.yaml", 66, "switch.yaml, line 1", "checkpoint is no switch", "folder"),
        Misuse("train mapping.yaml", 66, "mapping.yaml, line 1", "optimizer", "a mapping"),
        Misuse("train nested.yaml", 66, "nested.yaml, line 1", "hidden", "nested list"),
        Misuse("train number.yaml", 66, "number.yaml, line 2", "'ten'", "--epochs"),
        Misuse("train range.yaml", 66, "range.yaml, line 1", "--batch-size 0", "positive"),
        Misuse("train choice.yaml", 66, "choice.yaml, line 1", "'lion'", "adamw"),
        Misuse("train both.yaml", 66, "both.yaml, line 1", "--epochs", "--steps"),
        Misuse("train nosuch.yaml --print-config", 66, "nosuch.yaml"),
    ]

    // MARK: - The run

    static let run = [
        Misuse("train --data xor --device 99", 69, "device 99"),
        Misuse("evaluate --model m.safetensors --data xor --device 99", 69, "device 99"),
        Misuse("predict --model m.safetensors --input wide.npy --device 99", 69, "device 99"),
        Misuse("check --device 99", 69, "device 99"),
        Misuse("bench --device 99", 69, "device 99"),
        Misuse("train --save nosuch/m.safetensors", 1, "nosuch", "does not exist"),
        Misuse("train --save empty", 1, "empty", "folder"),
        Misuse("train --data xor --steps 1 --save /dev/null --quiet", 1, "/dev/null"),
        Misuse("train --log nosuch/run.jsonl", 1, "nosuch", "does not exist"),
        Misuse("train --log empty", 1, "empty", "folder"),
        Misuse("train --data xor --log good.csv", 1, "good.csv", "no log of a training"),
        Misuse("train --data xor --log /dev/null", 1, "/dev/null", "device"),
        Misuse("train --trace nosuch/trace.json", 1, "nosuch", "does not exist"),
        Misuse("train --data xor --tensorboard good.csv/board", 1, "good.csv/board", "directory"),
        Misuse("predict --model m.safetensors --input x.npy --output nosuch/p", 1, "nosuch"),
    ]
}

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
            model: model, inputShape: [2], loss: .softmaxCrossEntropy
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
            GrayImage(width: 3, height: 3, values: [Float](repeating: 0, count: 9))
        ).png
        try workspace.write(image, as: "large.png")
        try workspace.write(image.dropLast(9), as: "cut.png")
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
