import Foundation
import NNGPU
import Testing

/// Logits and probabilities, at the end of models and of files.
@Suite struct ProbabilityTests {
    private let workspace: Workspace

    init() throws { workspace = try Workspace() }

    @Test func anExportMayEndWithProbabilities() throws {
        try workspace.succeed(
            "train --data moons --hidden 4 --steps 5 --save m.safetensors --quiet")
        try workspace.succeed("export --model m.safetensors --output logits.onnx")
        try workspace.succeed("export --model m.safetensors --output p.onnx --probabilities")
        let softmax = Data("Softmax".utf8)
        #expect(try workspace.data("logits.onnx").range(of: softmax) == nil)
        #expect(try workspace.data("p.onnx").range(of: softmax) != nil)
        // The model is the same.
        try workspace.succeed("export --model p.onnx --output back.safetensors")
        #expect(try workspace.data("back.safetensors") == workspace.data("m.safetensors"))
        for (line, words) in [
            ("export --model m.safetensors --output p.npz --probabilities", "ends in .onnx"),
            (
                "export --model m.safetensors --output p.onnx --probabilities --loss mse",
                "--probabilities needs a model of classes"
            ),
        ] {
            let run = try workspace.run(line)
            #expect(run.code == 64 && run.stderr.contains(words), "\(run)")
        }
    }

    @Test func aModelThatEndsWithProbabilitiesIsNotTrainedToLogits() throws {
        try workspace.write(
            "input: 2\nlayers: [linear: 4, relu, linear: 2, softmax]\n", as: "softmax.yaml")
        try workspace.write("input: 2\nlayers: [linear: 1, sigmoid]\n", as: "sigmoid.yaml")
        for (flags, layer) in [
            ("--model softmax.yaml", "softmax"),
            ("--model sigmoid.yaml --loss binary-cross-entropy", "sigmoid"),
        ] {
            let run = try workspace.run(
                "train --data moons --steps 5 \(flags) --save m.safetensors")
            #expect(run.code != 0 && run.stderr.contains("has a \(layer) in it"), "\(run)")
            #expect(run.stderr.contains("leave the model's last layer out"), "\(run)")
            #expect(!workspace.exists("m.safetensors"))
        }
    }
}
