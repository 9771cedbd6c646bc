import Foundation
import NNGPU
import Testing

/// Targets of other kinds than one label for each sample.
@Suite struct LabelTests {
    private let workspace: Workspace

    init() throws { workspace = try Workspace() }

    private func write(_ values: [Float], _ shape: [Int], _ name: String) throws {
        try workspace.writeNumPy(values, shape: shape, as: name)
    }

    private func writeWeights(_ weight: [Float], outputs: Int) throws {
        try Safetensors([
            Safetensors.Tensor(name: "0.weight", shape: [outputs, 2], floats: weight),
            Safetensors.Tensor(
                name: "0.bias", shape: [outputs], floats: [Float](repeating: 0, count: outputs)),
        ]).write(to: workspace.url.appending(path: "w.safetensors"))
    }

    private func evaluate(_ data: String) throws -> Schema.Evaluation {
        try workspace.decode(
            Schema.Evaluation.self,
            "evaluate --model m.safetensors --data \(data) --device reference --json")
    }

    /// `binary_cross_entropy_with_logits` of PyTorch on logits [.3, −.2], [1.2, .4], [−.7, 2] is 0.726484316.
    @Test func manyLabelsOfASampleAreDecisions() throws {
        try write([0.3, -0.2, 1.2, 0.4, -0.7, 2], [3, 2], "x.npy")
        try write([1, 0, 0, 1, 1, 1], [3, 2], "y.npy")
        try writeWeights([1, 0, 0, 1], outputs: 2)
        try workspace.succeed(
            "train --data x.npy,y.npy --loss binary-cross-entropy --init w.safetensors --lr 0 --steps 1 "
                + "--device reference --save m.safetensors")
        let result = try evaluate("x.npy,y.npy")
        #expect(abs(result.loss - 0.726_484_316) < 1e-6)
        // Right are .3, −.2, .4 and 2 of the six.
        #expect(abs((result.accuracy ?? 0) - 4.0 / 6) < 1e-9)
        let other = try workspace.run(
            "train --data x.npy,y.npy --loss binary-cross-entropy --hidden 4 --epochs 20 --device reference"
        )
        #expect(other.code == 0 && other.stderr.contains("2 numbers a sample"), "\(other)")
    }

    /// PyTorch's `cross_entropy` of the three labelled samples is 0.726545193, with -100 among them or without.
    @Test func minusOneHundredCountsForNothingWhereverTheLossComesFrom() throws {
        try write([1, 2, 0, 1, 2, -1, 1, 1], [4, 2], "x.npy")
        try write([0, 1, -100, 1], [4], "y.npy")
        try write([0, 1, 1, 1], [4], "whole.npy")
        try writeWeights([0.5, -0.25, 0.1, 0.3], outputs: 2)
        let line = "train --lr 0 --steps 1 --device reference --save m.safetensors"
        // The loss of a saved model knows nothing of it.
        try workspace.succeed("\(line) --data x.npy,whole.npy --init w.safetensors")
        let plain = try ModelDescription(of: workspace.weights("m.safetensors")).task.loss
        #expect((plain as? CrossEntropy)?.ignoredLabel == nil)
        let evaluated = try evaluate("x.npy,y.npy")
        #expect(abs(evaluated.loss - 0.726_545_193) < 1e-6, "\(evaluated)")
        // Of those that count, the second and the last are right.
        #expect(abs((evaluated.accuracy ?? 0) - 2.0 / 3) < 1e-9, "\(evaluated)")
        try workspace.succeed("export --model m.safetensors --output own.safetensors")
        for initial in [
            "--init own.safetensors", "--model own.safetensors", "--init w.safetensors",
        ] {
            let outcome = try workspace.run("\(line) --data x.npy,y.npy \(initial)")
            #expect(outcome.code == 0, "\(initial): \(outcome)")
            #expect(outcome.stderr.contains("1 samples have the label -100"), "\(outcome)")
            let loss = try ModelDescription(of: workspace.weights("m.safetensors")).task.loss
            #expect((loss as? CrossEntropy)?.ignoredLabel == -100)
            if initial.contains("--init") {
                #expect(outcome.stdout.contains("loss 0.7265"), "\(outcome)")
            }
        }
    }

    @Test(arguments: [
        ("a,label\n1,0\n2,0\n3,0\n", "softmax-cross-entropy"), ("a,target\n1,2.5\n2,2.5\n", "mse"),
    ])
    func equalTargetsAreRemarkedOn(table: String, loss: String) throws {
        try workspace.write(table, as: "t.csv")
        let outcome = try workspace.run(
            "train --data t.csv --loss \(loss) --device reference --steps 1")
        #expect(outcome.code == 0, "\(outcome)")
        #expect(outcome.stderr.contains("note: all samples have the same target"))
    }
}
