import Foundation
import NNFiles
import NNGraph
import NNModel
import NNTraining
import SwiftProtobuf

@testable import NNOpenCL
@testable import ONNX

extension Seeds {
    /// Inputs that are nested deeply, list very much or have the largest numbers, from which no mutation of
    /// small ones would come; each shorter than what the fuzzer cuts off.
    static func deepSeeds(for parser: Parser) throws -> [[UInt8]] {
        switch parser {
        case .model:
            [1, 99, 100, 250].map { Array(model(nested: $0).utf8) } + [Array(longModel.utf8)]
        case .safetensors, .checkpoint: [header(ofTensors: 900), header(nested: 2000)]
        case .onnx: [try chain(of: 3000)]
        case .npz: [try archive(of: 400)]
        case .tuning: [try largestTuning()]
        case .runFile:
            [
                "hidden: " + String(repeating: "[", count: 3000),
                String(repeating: "{\"epochs\": ", count: 900) + "1"
                    + String(repeating: "}", count: 900),
                String(repeating: "- ", count: 3000), String(repeating: "? ", count: 3000),
            ].map { Array($0.utf8) }
        case .modelFile:
            [
                "input: 2\nlayers:\n" + String(repeating: "- relu\n", count: 4000)
                    + "- linear: 2\n",
                "input: 2\nlayers: " + String(repeating: "[", count: 90) + "{linear: 2}"
                    + String(repeating: "]", count: 90),
                "input: 2\nlayers: " + String(repeating: "[{residual: ", count: 400),
                "a: &a [1,1]\n" + "input: *a\nlayers: [flatten, {linear: 2147483647}]",
            ].map { Array($0.utf8) }
        case .csv: [Array(String(repeating: "1,", count: 20_000).utf8) + Array("0\n".utf8)]
        case .idx, .gzip, .npy, .png, .jpeg, .samples, .programCache: []
        }
    }

    private static func model(_ layers: String) -> String {
        #"{"inputShape":[2],"loss":"mse","model":{"type":"sequential","layers":[\#(layers)]}}"#
    }

    private static let linear =
        #"{"type":"linear","inputs":2,"outputs":2,"bias":true,"initializer":"standard"}"#

    private static func model(nested depth: Int) -> String {
        model(
            String(repeating: #"{"type":"sequential","layers":["#, count: depth - 1) + linear
                + String(repeating: "]}", count: depth - 1))
    }

    private static let longModel = model(
        ([linear] + [String](repeating: #"{"type":"relu"}"#, count: 3900)).joined(separator: ","))

    private static func safetensors(_ header: String) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: header.utf8.count >> (8 * $0)) }
            + Array(header.utf8)
    }

    private static func header(ofTensors count: Int) -> [UInt8] {
        safetensors(
            "{"
                + (0..<count).map {
                    #""\#($0)":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}"#
                }.joined(separator: ",") + "}")
    }

    private static func header(nested depth: Int) -> [UInt8] {
        safetensors(#"{"a":"# + String(repeating: "[", count: depth))
    }

    private static func chain(of count: Int) throws -> [UInt8] {
        let layers = [Linear(2, 2) as any Layer] + [any Layer](repeating: ReLU(), count: count - 1)
        let model = Sequential(layers)
        let layout = try ParameterLayout(of: model, inputShape: [2])
        var file = try ModelProto(
            serializedBytes: ONNXFile.encode(
                Safetensors(
                    layout.tensors(from: layout.initialValues(seed: 1)),
                    metadata: [
                        ModelDescription.metadataKey: ModelDescription(
                            model: model, inputShape: [2], loss: .meanSquaredError
                        ).json()
                    ])))
        // The description alone would be longer than what the fuzzer reads.
        file.metadataProps = []
        for index in file.graph.node.indices { file.graph.node[index].name = "" }
        return try file.serializedBytes()
    }

    private static func archive(of count: Int) throws -> [UInt8] {
        try NumPyArchive.encode(
            (0..<count).map { ("\($0)", NumPyArray(shape: [0], values: [])) }, name: "fuzz")
    }

    private static func largestTuning() throws -> [UInt8] {
        let side = ProductShape.Operand(runs: .rows, stride: 1 << 31, isShared: false)
        let most = 1 << 20
        let choices: [ProductChoice] = [
            .panel(PanelTile(rows: 32, vectors: 32, strips: most, blockRows: most, depth: most)),
            .dot(DotTile(rows: 32, blockRows: most, blockColumns: most)),
            .block(
                BlockTile(
                    blockRows: most, blockColumns: most, blockDepth: most, rows: 32, columns: 32,
                    parts: most)),
        ]
        let file = TuningFile(
            key: tuningKey, clBlastParameters: .vectors,
            products: choices.enumerated().map { index, choice in
                TuningFile.Product(
                    shape: ProductShape(
                        m: 8 + index, n: 8, k: 8, batchCount: 1 << 13, a: side, b: side, reads: 0,
                        writes: 1),
                    choice: choice, isRule: false, seconds: 0.25, ruleSeconds: 0.5,
                    relativeError: 1e-7)
            })
        return try [UInt8](JSONEncoder().encode(file))
    }
}
