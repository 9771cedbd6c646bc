import Foundation
import NNGraph
import NNReference
import RunFiles
import SwiftProtobuf

@testable import NNFiles
@testable import NNOpenCL
import NNModel
@testable import NNTraining
@testable import ONNX

/// Small valid inputs, from which the fuzzer starts, and a few that are deep or long.
enum Seeds {
    static let programKey = "name, options, device"

    /// A key that no device has.
    static let tuningKey: TuningKey = {
        do {
            return try JSONDecoder().decode(
                TuningKey.self,
                from: Data(
                    """
                    {"device": "d", "platformVersion": "p", "driverVersion": "v",
                     "clBlastVersion": "1", "kernels": "k", "form": "serial", "vectorWidth": 8}
                    """.utf8))
        } catch {
            fatalError("\(error)")
        }
    }()

    /// A command with settings of every kind.
    static let command: CommandDescription = {
        func argument(_ name: String, _ kind: String) -> String {
            #"{"kind": "\#(kind)", "shouldDisplay": true, "preferredName": {"name": "\#(name)"}}"#
        }
        let arguments = ["epochs", "hidden", "log", "data"].map { argument($0, "option") }
        let json =
            #"{"commandName": "train", "shouldDisplay": true, "arguments": "#
            + "[\((arguments + [argument("resume", "flag")]).joined(separator: ", "))]}"
        do {
            return try JSONDecoder().decode(CommandDescription.self, from: Data(json.utf8))
        } catch {
            fatalError("\(error)")
        }
    }()

    static func trainer() throws -> Trainer {
        try Trainer(
            model: .multilayerPerceptron(inputs: 2, hidden: [2], outputs: 2), inputShape: [2],
            loss: .crossEntropy, optimizer: Adam(), learningRate: 0.01, seed: 1,
            backend: ReferenceBackend<Float>())
    }

    static func dataset() throws -> Dataset {
        try Dataset(
            name: "fuzz", features: [0, 0, 0, 1, 1, 0, 1, 1], sampleShape: [2],
            targets: [0, 1, 1, 0], targetWidth: 1)
    }

    /// Writes a folder for each parser.
    static func write(to folder: URL) throws {
        for parser in Parser.allCases {
            let own = folder.appending(path: parser.rawValue)
            try FileManager.default.createDirectory(at: own, withIntermediateDirectories: true)
            let all = try seeds(for: parser) + deepSeeds(for: parser)
            for (index, seed) in all.enumerated() {
                try Data(seed).write(to: own.appending(path: "seed-\(index)"))
            }
        }
    }

    private static func seeds(for parser: Parser) throws -> [[UInt8]] {
        switch parser {
        case .idx:
            [
                [0, 0, 8, 1, 0, 0, 0, 4, 1, 2, 3, 4],
                [0, 0, 11, 1, 0, 0, 0, 2, 1, 2, 3, 4], [0, 0, 13, 1, 0, 0, 0, 1, 63, 2, 3, 4],
                [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 2, 1, 2, 3, 4],
            ]
        case .gzip:
            [
                [
                    31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 99, 96, 224, 96, 100, 96, 96, 96, 97, 100, 98,
                    102, 1, 0, 201, 16, 129, 29, 12, 0, 0, 0,
                ],
                // Two members and zeros.
                [
                    31, 139, 8, 0, 0, 0, 0, 0, 2, 255, 75, 76, 2, 0, 109, 72, 131, 158, 2, 0, 0, 0,
                    31, 139, 8, 0, 0, 0, 0, 0, 2, 255, 75, 6, 0, 111, 223, 185, 6, 1, 0, 0, 0, 0, 0,
                ],
            ]
        case .npy:
            ["<f4", ">f8", "|u1", "<i8"].map { npy($0) }
        case .npz:
            try [npy("<f4")]
                + [
                    NumPyArchive.encode(
                        [
                            ("x", NumPyArray(shape: [1, 1], values: [1])),
                            ("y", NumPyArray(shape: [1], values: [0])),
                        ], name: "fuzz")
                ]
        case .png: pngSeeds()
        case .jpeg: try jpegSeeds()
        case .samples:
            try ([.idx, .gzip, .npy, .csv, .png, .jpeg] as [Parser]).flatMap { try seeds(for: $0) }
                + [npy("<f4", "(2, 2, 2)", count: 8)]
        case .csv:
            ["a,label\n1,0\n-2.5e1,1\n", "sep=;\n\"a\"\"\";b\n\" 2 \";0.1\n"].map { Array($0.utf8) }
        case .safetensors: [try saved(), try everyType()]
        case .onnx:
            try [[UInt8](ONNXFile.encode(Safetensors(data: Data(saved())))), foreign()]
                + ONNXSeeds.all()
        case .model: [Array(try description.json().utf8)]
        case .checkpoint: [try checkpoint(after: 0), try checkpoint(after: 3)]
        case .tuning: [try tuning()]
        case .runFile:
            [
                "epochs: 3\nhidden: [4, 5]\nresume: true\nlog: &a \"x.jsonl\"\ndata: *a\n",
                #"{"epochs": 3, "resume": false, "data": "y"}"#,
            ].map { Array($0.utf8) }
        case .modelFile:
            [
                """
                input: [4, 2]
                layers:
                  - flatten
                  - {name: one, linear: {outputs: 8, bias: false}}
                  - residual: [layernorm, {linear: 8}, gelu, {dropout: 0.1}]
                  - parallel: {branches: [[{linear: 3}], [{linear: 3}, relu]], merge: product}
                """,
                """
                inputs: {words: {shape: 2, type: int32}, x: 3}
                layers:
                  - {name: w, embedding: {count: 5, width: 3}, from: words}
                  - {name: f, flatten: , from: w}
                  - {name: y, linear: 3, from: x}
                  - {name: z, like: y, from: y}
                  - {name: j, concatenate: , from: [f, z]}
                  - {name: k, linear: 2}
                outputs: {a: k, b: z}
                """,
                #"{"input": 2, "layers": [{"linear": 3}, "tanh", {"linear": 1}]}"#,
            ].map { Array($0.utf8) }
        case .programCache: [BinaryCacheEntry.encode([1, 2, 3], for: programKey)]
        }
    }

    private static func npy(
        _ type: String, _ shape: String = "(1,)", count: Int = 1
    ) -> [UInt8] {
        let header = "{'descr': '\(type)', 'fortran_order': False, 'shape': \(shape)}\n"
        let size = Int(String(type.suffix(1))) ?? 1
        var bytes: [UInt8] = [0x93]
        bytes += "NUMPY".utf8
        bytes += [1, 0, UInt8(header.utf8.count), 0]
        bytes += header.utf8
        bytes += [UInt8](repeating: 1, count: count * size)
        return bytes
    }

    /// Gray, interlaced gray of one bit, a palette, and colors with opacity, as what they are made of and
    /// as files.
    private static func pngSeeds() -> [[UInt8]] {
        let heads: [[UInt8]] = [
            [3, 3, 8, 0, 0, 0, 0], [6, 6, 1, 0, 1, 0, 0], [1, 1, 8, 3, 0, 6, 1],
            [1, 1, 16, 6, 0, 0, 0],
        ]
        let made = heads.map { head in head + [UInt8](repeating: 0, count: 40) }
        return made + made.compactMap { MadePNG($0)?.file }
    }

    /// Gray, colors, several scans, inks and a camera that was turned.
    private static func jpegSeeds() throws -> [[UInt8]] {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Fixtures/images")
        return try ["gray", "444", "420", "progressive", "cmyk", "turned-6"].map {
            try Array(Data(contentsOf: folder.appending(path: "\($0).jpg")))
        }
    }

    // MARK: - Models

    /// A model with every kind of layer.
    private static let description = ModelDescription(
        model: Sequential {
            Linear(2, 3)
            Sigmoid()
            Dropout(rate: 0.25)
            Linear(3, 2, bias: false)
            Sequential {
                LeakyReLU(slope: 0.1)
                Tanh()
            }
            ReLU()
            GELU()
            Softplus()
            Softmax()
        }, inputShape: [2], loss: .crossEntropy)

    private static func saved() throws -> [UInt8] {
        let layout = try ParameterLayout(
            of: description.network)
        return try [UInt8](
            Safetensors(
                layout.tensors(from: layout.initialValues(seed: 3)),
                metadata: [ModelDescription.metadataKey: description.json()]
            ).encoded())
    }

    private static func everyType() throws -> [UInt8] {
        try [UInt8](
            Safetensors(
                Safetensors.ElementType.allCases.map {
                    try Safetensors.Tensor(
                        name: $0.rawValue, shape: [1, 1], elementType: $0,
                        bytes: Data(repeating: 1, count: $0.size))
                }
            ).encoded())
    }

    /// A model as other programs write it, with operators that this one does not.
    private static func foreign() throws -> [UInt8] {
        func node(
            _ kind: String, _ inputs: [String], _ output: String,
            _ attributes: [AttributeProto] = []
        ) -> NodeProto {
            .with {
                ($0.opType, $0.input, $0.output, $0.attribute) = (
                    kind, inputs, [output], attributes
                )
            }
        }
        func tensor(_ name: String, _ dims: [Int64], _ values: [Float]) -> TensorProto {
            .with { ($0.name, $0.dims, $0.dataType, $0.floatData) = (name, dims, 1, values) }
        }
        let model = ModelProto.with {
            $0.irVersion = 8
            $0.opsetImport = [.with { $0.version = 17 }]
            $0.graph = .with {
                $0.node = [
                    node(
                        "Constant", [], "s",
                        [.with { ($0.name, $0.ints, $0.type) = ("value_ints", [-1, 2], .ints) }]),
                    node("Reshape", ["x", "s"], "r"), node("Transpose", ["w"], "t"),
                    node("MatMul", ["r", "t"], "p"), node("Add", ["p", "b"], "a"),
                    node("Flatten", ["a"], "f"), node("Identity", ["f"], "i"),
                    node("Dropout", ["i"], "d"), node("Relu", ["d"], "e"),
                    node(
                        "Gemm", ["e", "w", "b"], "y",
                        [.with { ($0.name, $0.i, $0.type) = ("transB", 1, .int) }]),
                ]
                $0.initializer = [tensor("w", [2, 2], [1, 2, 3, 4]), tensor("b", [2], [5, 6])]
                $0.input = [
                    .with {
                        $0.name = "x"
                        $0.type.tensorType.elemType = 1
                        $0.type.tensorType.shape.dim = [
                            .with { $0.dimParam = "N" }, .with { $0.dimValue = 2 },
                        ]
                    }
                ]
                $0.output = [.with { $0.name = "y" }]
            }
        }
        return try model.serializedBytes()
    }

    // MARK: - Other files

    private static func checkpoint(after steps: Int) throws -> [UInt8] {
        let trainer = try trainer()
        if steps > 0 {
            try trainer.fit(
                dataset(), options: TrainingOptions(length: .steps(steps), batchSize: 2))
        }
        return try [UInt8](trainer.checkpoint().encoded())
    }

    private static func tuning() throws -> [UInt8] {
        let side = ProductShape.Operand(runs: .rows, stride: 8, isShared: false)
        let choices: [ProductChoice] = [
            .panel(PanelTile(rows: 4, vectors: 2, strips: 2, blockRows: 32, depth: 512)),
            .dot(DotTile(rows: 3, blockRows: 9, blockColumns: 8)), .clBlast,
        ]
        let file = TuningFile(
            key: tuningKey, clBlastParameters: .vectors,
            products: choices.enumerated().map { index, choice in
                TuningFile.Product(
                    shape: ProductShape(
                        m: 8 + index, n: 8, k: 8, batchCount: 1, a: side, b: side, reads: 0,
                        writes: 1),
                    choice: choice, isRule: false, seconds: 0.25, ruleSeconds: 0.5,
                    relativeError: 1e-7)
            })
        return try [UInt8](JSONEncoder().encode(file))
    }
}
