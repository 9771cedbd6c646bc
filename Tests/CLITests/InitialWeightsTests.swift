import Foundation
import NNGPU
import Testing

/// Weights of other people's files.
@Suite struct InitialWeightsTests {
    private let workspace: Workspace

    init() throws {
        workspace = try Workspace()
        try workspace.write("a,b,label\n1,-2,0\n-0.5,-3,1\n", as: "t.csv")
        try workspace.write("a,b\n1,-2\n-0.5,-3\n", as: "x.csv")
    }

    /// Weights of `Sequential(Linear(2, 3), …, Linear(3, 2))` under some names.
    private func tensors(_ names: [String]) throws -> [Safetensors.Tensor] {
        try zip(names, [[3, 2], [3], [2, 3], [2]]).enumerated().map { index, pair in
            let count = pair.1.reduce(1, *)
            return try Safetensors.Tensor(
                name: pair.0, shape: pair.1,
                floats: (0..<count).map { Float(sin(1 + 10 * Double(index) + Double($0))) })
        }
    }

    private func write(
        _ names: [String], others: [Safetensors.Tensor] = [], metadata: [String: String] = [:],
        as file: String = "w.safetensors"
    ) throws {
        try Safetensors(tensors(names) + others, metadata: metadata)
            .write(to: workspace.url.appending(path: file))
    }

    /// Takes no step worth the name, and returns what the saved model computes and what was said.
    private func logits(_ flags: String) throws -> (numbers: [Double], said: String) {
        let outcome = try workspace.run(
            "train --data t.csv --device reference --steps 1 --lr 0 --save m.safetensors \(flags)")
        try #require(outcome.code == 0, "\(outcome)")
        let table = try workspace.succeed(
            "predict --model m.safetensors --input x.csv --device reference")
        let numbers = table.split(separator: "\n").dropFirst().flatMap {
            $0.split(separator: ",").dropFirst().compactMap { Double($0) }
        }
        return (numbers, outcome.stderr)
    }

    private static let names = ["0.weight", "0.bias", "2.weight", "2.bias"]
    /// What PyTorch 2.15 computes with `ReLU` and `LeakyReLU` in float64.
    private static let relu = [-0.430_921_549, 0.418_744_698, -1.889_385_690, 1.656_521_172]
    private static let leaky = [-0.447_463_185, 0.436_649_015, -1.924_095_335, 1.694_090_158]
    private static let steep = [-0.927_170_630, 0.955_874_225, -2.930_675_036, 2.783_590_775]

    private func expect(
        _ found: [Double], _ expected: [Double], sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(
            found.count == 4 && zip(found, expected).allSatisfy { abs($0 - $1) < 2e-6 },
            "\(found)", sourceLocation: sourceLocation)
    }

    // MARK: - The function between the layers

    @Test func aSlopeIsPyTorchsUnlessItIsGiven() throws {
        try write(Self.names)
        let usual = try logits("--init w.safetensors --activation leaky-relu")
        expect(usual.numbers, Self.leaky)
        #expect(usual.said.contains("LeakyReLU(0.01)"))
        #expect(usual.said.contains("do not say what function follows each layer: leaky-relu:0.01"))
        let given = try logits("--init w.safetensors --activation leaky-relu:0.3")
        expect(given.numbers, Self.steep)
        #expect(given.said.contains("LeakyReLU(0.3)") && !given.said.contains("do not say"))
        let none = try logits("--init w.safetensors")
        expect(none.numbers, Self.relu)
        #expect(none.said.contains("do not say what function follows each layer: relu is taken"))
        // What a file of ours says is not asked for.
        _ = try logits("--init w.safetensors --activation leaky-relu:0.3")
        try FileManager.default.moveItem(
            at: workspace.url.appending(path: "m.safetensors"),
            to: workspace.url.appending(path: "own.safetensors"))
        let own = try logits("--init own.safetensors")
        expect(own.numbers, Self.steep)
        #expect(!own.said.contains("do not say"))
    }

    @Test(arguments: ["leaky-relu:", "leaky-relu:steep", "leaky-relu:inf", "relu:0.1", "gelu:tanh"])
    func whatIsNoActivationIsRefused(text: String) throws {
        let outcome = try workspace.run("train --data t.csv --activation \(text)")
        #expect(outcome.code == 64 && outcome.stderr.contains("'\(text)'"), "\(outcome)")
        #expect(outcome.stderr.contains("leaky-relu:0.01"))
    }

    @Test func helpAndPresetsKnowTheSlope() throws {
        let help = try workspace.succeed("train --help")
        #expect(help.contains("leaky-relu:0.01"))
        let preset = try workspace.succeed("model mlp:layers=1,activation=leaky-relu:0.2")
        #expect(preset.contains("- leaky-relu: 0.2"))
        try workspace.write(preset, as: "my.yaml")
        #expect(try workspace.succeed("model my.yaml").contains("LeakyReLU(0.2)"))
    }

    // MARK: - Names

    /// What data parallelism, the compiler, MLX, tinygrad and modules of people's own put in front.
    @Test(arguments: [
        "module.", "_orig_mod.", "layers.", "fc.", "model.", "net.", "module._orig_mod.net.",
    ])
    func whatAllNamesHaveInFrontIsLeftOut(prefix: String) throws {
        try write(Self.names.map { prefix + $0 })
        let found = try logits("--init w.safetensors --activation relu")
        expect(found.numbers, Self.relu)
        #expect(found.said.contains("note: \"\(prefix)\" in front of all names is left out"))
        #expect(found.said.contains("do not say") == false)
        try write(Self.names.map { prefix + $0 }, as: "again.safetensors")
        let asked = try logits("--init again.safetensors --init-prefix \(prefix) --activation relu")
        expect(asked.numbers, Self.relu)
        #expect(!asked.said.contains("in front"))
    }

    /// Of a file of several models.
    @Test func aPrefixChoosesAPart() throws {
        let other = try Safetensors.Tensor(name: "decoder.0.weight", shape: [1], floats: [1])
        try write(Self.names.map { "encoder.\($0)" }, others: [other])
        expect(
            try logits("--init w.safetensors --init-prefix encoder. --activation relu").numbers,
            Self.relu)
        let outcome = try workspace.run(
            "train --data t.csv --init w.safetensors --init-prefix coder.")
        #expect(outcome.code == 64 && outcome.stderr.contains("decoder.0.weight"), "\(outcome)")
        let alone = try workspace.run("train --data t.csv --init-prefix module.")
        #expect(alone.code == 64 && alone.stderr.contains("--init FILE"))
    }

    @Test func aPrefixThatDoesNotHelpIsNamed() throws {
        try write(Self.names.map { "module.\($0)" })
        try workspace.write("input: [2]\nlayers: [linear: 4, relu, linear: 2]\n", as: "my.yaml")
        let outcome = try workspace.run(
            "train --data t.csv --init w.safetensors --model my.yaml --device reference")
        #expect(outcome.code == 66 && outcome.stderr.contains("\"module.\" in front"), "\(outcome)")
        // A trunk of them does.
        let trunk = try workspace.run(
            "train --data t.csv --init w.safetensors --model my.yaml --freeze 2.bias "
                + "--device reference --steps 1")
        #expect(trunk.code == 0 && trunk.stderr.contains("\"module.\" in front"), "\(trunk)")
    }

    /// With a Flatten in front, dropout between, or as modules of people's own count their layers.
    @Test(arguments: [
        (["1.weight", "1.bias", "3.weight", "3.bias"], "1 as 0, 3 as 2"),
        (["0.weight", "0.bias", "3.weight", "3.bias"], "0 as 0, 3 as 2"),
        (["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"], "fc1 as 0, fc2 as 2"),
        (
            ["net.9.weight", "net.9.bias", "net.10.weight", "net.10.bias"],
            "net.9 as 0, net.10 as 2"
        ),
    ])
    func layersAreTakenInTheirOrder(names: [String], said: String) throws {
        try write(names)
        let found = try logits("--init w.safetensors --activation relu")
        expect(found.numbers, Self.relu)
        #expect(found.said.contains("note: layers are taken in their order: \(said)"), "\(found)")
    }

    @Test func layersOfOtherShapesAreNotTaken() throws {
        try write(["2.weight", "2.bias", "1.weight", "1.bias"])
        let outcome = try workspace.run(
            "train --data t.csv --init w.safetensors --device reference --steps 1")
        #expect(outcome.code == 66, "\(outcome)")
    }

    // MARK: - What else is in files

    /// The count of batches of batch norm, and names for names as `save_model` writes them.
    @Test func countersAndOtherNamesAreUnderstood() throws {
        let counter = try Safetensors.Tensor(
            name: "1.num_batches_tracked", shape: [], elementType: .int64, bytes: Data(count: 8))
        try write(Self.names, others: [counter])
        expect(try logits("--init w.safetensors --activation relu").numbers, Self.relu)
        func saved(_ file: Safetensors) throws -> [Double] {
            try file.write(to: workspace.url.appending(path: "w.safetensors"))
            return try logits("--init w.safetensors --activation relu").numbers
        }
        // Equal weights and biases, of which `save_model` keeps one each.
        let square = try Safetensors(
            [
                Safetensors.Tensor(name: "0.weight", shape: [2, 2], floats: [1, 2, 3, -4]),
                Safetensors.Tensor(name: "0.bias", shape: [2], floats: [0.5, 0.5]),
            ], metadata: ["2.bias": "0.bias", "2.weight": "0.weight", "format": "pt"])
        // relu(W [1, −2] + b) is [0, 11.5], relu(W [−0.5, −3] + b) is [0, 11]; W and b once more.
        #expect(try saved(square) == [23.5, -45.5, 22.5, -43.5])
        // A tensor that the model has no use for is one too many.
        let tail = try Safetensors.Tensor(name: "tail.bias", shape: [2], floats: [0.5, 0.5])
        try write(Self.names, others: [tail])
        let outcome = try workspace.run("train --data t.csv --init w.safetensors --hidden 3")
        #expect(outcome.code == 66 && outcome.stderr.contains("tail.bias"), "\(outcome)")
    }

    /// As MLX writes them: metadata that are null, a header of any length, names of a list of layers.
    @Test func whatMLXWritesIsRead() throws {
        try write(Self.names.map { "layers.\($0)" })
        var bytes = try workspace.data("w.safetensors")
        let length = Int(
            bytes.prefix(8).enumerated().reduce(0) { $0 + Int($1.element) << (8 * $1.offset) })
        var header = String(decoding: bytes[8..<8 + length], as: UTF8.self)
            .trimmingCharacters(in: .whitespaces)
        header = #"{"__metadata__":null,"# + header.dropFirst()
        let count = (0..<8).map { UInt8(header.utf8.count >> (8 * $0) & 255) }
        bytes = Data(count) + Data(header.utf8) + bytes[(8 + length)...]
        try workspace.write(bytes, as: "mlx.safetensors")
        expect(try logits("--init mlx.safetensors --activation relu").numbers, Self.relu)
        try workspace.write(
            Data(
                Safetensors(tensors(Self.names.map { "layers.\($0)" }))
                    .encodedAsNumPyArchive(name: "mlx.npz")), as: "mlx.npz")
        expect(try logits("--init mlx.npz --activation relu").numbers, Self.relu)
    }

    // MARK: - Other formats

    @Test(
        arguments: [
            (
                [0x50, 0x4B, 3, 4] + [UInt8](repeating: 0, count: 26)
                    + Array("archive/data.pkl".utf8),
                "a pickled PyTorch file"
            ),
            ([0x80, 2, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20], "pickled"),
            ([0x89] + Array("HDF\r\n\u{1A}\n........".utf8), "HDF5"),
            (Array("GGUF".utf8) + [3, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0], "GGUF"),
            ([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0, 0], "gzipped"),
        ] as [([UInt8], String)])
    func otherFormatsAreNamed(bytes: [UInt8], name: String) throws {
        try workspace.write(Data(bytes), as: "w.pt")
        for line in ["train --data t.csv --init w.pt", "evaluate --model w.pt --data t.csv"] {
            let outcome = try workspace.run(line)
            #expect(outcome.code == 66, "\(outcome)")
            #expect(outcome.stderr.contains(name) && outcome.stderr.contains("not safetensors"))
            #expect(!outcome.stderr.contains("header of"))
        }
    }
}
