import Foundation
import NNGPU
import Testing

/// Model files, presets, and weights of which a part is kept.
@Suite struct ModelCommandTests {
    private let workspace: Workspace

    init() throws { workspace = try Workspace() }

    @discardableResult
    private func train(_ flags: String) throws -> Schema.Training {
        try workspace.decode(
            Schema.Training.self, "train --data moons --steps 30 --json \(flags)")
    }

    @Test func aPresetIsItsPrintedFile() throws {
        let preset = "residual-mlp:blocks=2,width=12"
        try workspace.write(
            workspace.succeed("model \(preset),inputs=2,outputs=2"), as: "own.yaml")
        let first = try train("--model \(preset) --save a.safetensors")
        let second = try train("--model own.yaml --save b.safetensors")
        #expect(first.loss == second.loss)
        #expect(try workspace.data("a.safetensors") == workspace.data("b.safetensors"))
        #expect(
            try workspace.decode(
                Schema.Evaluation.self, "evaluate --model a.safetensors --data moons --json"
            ).loss == first.loss)
    }

    @Test func aPerceptronBySizesIsThePreset() throws {
        try train("--model mlp:layers=2,width=8 --save a.safetensors")
        try train("--hidden 8,8 --save b.safetensors")
        #expect(try workspace.data("a.safetensors") == workspace.data("b.safetensors"))
    }

    @Test func modelsAndTheirPartsAreListed() throws {
        let list = try workspace.succeed("model")
        for word in ["residual-mlp", "blocks=8", "linear", "outputs: 10", "concatenate"] {
            #expect(list.contains(word))
        }
        try workspace.write("input: [2, 3]\nlayers: [flatten, {linear: 4}]\n", as: "m.yml")
        let table = try workspace.succeed("model m.yml")
        for word in ["float [2, 3]", "Flatten", "28 parameters", "output outputs: [4]"] {
            #expect(table.contains(word), "\(table)")
        }
    }

    @Test func mistakesNameTheFileAndTheLine() throws {
        try workspace.write("input: 2\nlayers:\n  - linear: 4\n  - relus\n", as: "m.yaml")
        for command in ["model m.yaml", "train --data moons --model m.yaml"] {
            let run = try workspace.run(command)
            #expect(run.code == 66)
            #expect(run.stderr.contains("m.yaml, line 4: there is no layer \"relus\""))
            #expect(run.stderr.contains("the nearest is relu"))
        }
        for (model, code, words) in [
            ("mlpp", 64, "is mlp"), ("mlp:widht=3", 64, "the nearest is width"),
            ("none.yaml", 66, "none.yaml"), ("none.safetensors", 66, "none.safetensors"),
        ] as [(String, Int32, String)] {
            let run = try workspace.run("train --data moons --model \(model)")
            #expect(run.code == code)
            #expect(run.stderr.contains(words), "\(run.stderr)")
        }
    }

    /// Sixty-one layers by a file, by `--hidden`, which builds them in Swift, and by ONNX.
    @Test func aDeepModelIsTheSameByEveryRoad() throws {
        let spec = "mlp:layers=30,width=12,activation=tanh,inputs=2,outputs=2"
        try workspace.write(workspace.succeed("model \(spec)"), as: "deep.yaml")
        #expect(try workspace.text("deep.yaml").split(separator: "\n").count == 3 + 61)
        try train("--model deep.yaml --save file.safetensors")
        let widths = Array(repeating: "12", count: 30).joined(separator: ",")
        try train("--hidden \(widths) --activation tanh --save swift.safetensors")
        try workspace.succeed("export --model file.safetensors --output deep.onnx")
        try workspace.writeNumPy([0.1, 0.2, -1, 3, 0.5, -0.25], shape: [3, 2], as: "x.npy")
        let predictions = try ["file.safetensors", "swift.safetensors", "deep.onnx"].map {
            try workspace.succeed("predict --model \($0) --input x.npy --probabilities")
        }
        #expect(predictions[0].split(separator: "\n").count >= 3)
        #expect(predictions[1] == predictions[0] && predictions[2] == predictions[0])
    }

    /// Graphs of layers are written as ONNX too, and are the same model.
    @Test func residualsAreWrittenAsONNX() throws {
        let flags = "train --data moons --model residual-mlp:blocks=1,width=4 --steps 5 --quiet"
        try workspace.succeed("\(flags) --save m.safetensors")
        try workspace.succeed("\(flags) --save m.onnx")
        try workspace.succeed("export --model m.onnx --output back.safetensors")
        #expect(try workspace.data("back.safetensors") == workspace.data("m.safetensors"))
    }

    // MARK: - Frozen parameters

    /// A trunk of another task, whose weights stay, below a head that begins anew.
    @Test func aTrunkIsKeptAndAHeadBeginsAnew() throws {
        try train("--hidden 8,6 --save old.safetensors")
        try workspace.write(
            "input: 2\nlayers: [linear: 8, relu, linear: 6, relu, linear: 5]\n", as: "new.yaml")
        let run = try workspace.run(
            "train --data moons --steps 20 --model new.yaml --init old.safetensors "
                + "--freeze 0.*,2.* --save new.safetensors")
        #expect(
            run.stderr.contains(
                "2 of 6 tensors do not fit and begin anew: 4.weight ([2, 6], not [5, 6]), "
                    + "4.bias ([2], not [5])."), "\(run.stderr)")
        #expect(run.stderr.contains("78 of them frozen"))
        let (old, new) = try (
            workspace.weights("old.safetensors"), workspace.weights("new.safetensors")
        )
        for name in ["0.weight", "0.bias", "2.weight", "2.bias"] {
            #expect(old[name] == new[name])
        }
        #expect(new["4.weight"]?.shape == [5, 6])
        // What is frozen goes on being so from a checkpoint.
        let flags = "--init old.safetensors --freeze 0.* --checkpoint c"
        try train("\(flags)")
        let resumed = try workspace.run(
            "train --data moons --steps 40 \(flags) --resume --save on.safetensors")
        #expect(resumed.stderr.contains("resumed after step 30"))
        #expect(try workspace.weights("on.safetensors")["0.weight"] == old["0.weight"])
        let other = try workspace.run(
            "train --data moons --steps 40 --init old.safetensors --checkpoint c --resume")
        #expect(other.code != 0)
    }

    @Test func whatCannotBeFrozenIsSaid() throws {
        try train("--hidden 8 --save old.safetensors")
        for (flags, words) in [
            ("--freeze trunk.*", "No parameter is called \"trunk.*\""),
            ("--freeze *", "no parameters to train"),
            ("--init old.safetensors --freeze 0.* --hidden 9", "0.weight in the shape [8, 2]"),
            ("--init old.safetensors --freeze 4.* --hidden 8,8", "lack"),
        ] {
            let run = try workspace.run("train --data moons --steps 2 \(flags)")
            #expect(run.code != 0)
            #expect(run.stderr.contains(words), "\(run.stderr)")
        }
    }
}
