import Foundation
import NNGPU
import Testing

/// Tables, held-out samples and scales, by flags.
@Suite struct TableCommandTests {
    private let workspace: Workspace

    init() throws {
        workspace = try Workspace()
        // Two columns of very different size, and words that follow from them.
        let rows = (0..<120).map { row -> String in
            let (a, b) = (1000 + Double(row * 37 % 101), Double(row * 53 % 89) / 1e4)
            return "\(row),\(a),\(b),\(a > 1050 ? (b > 0.0045 ? "red" : "green") : "blue")"
        }
        try workspace.write(
            "id;a;b;kind\n" + rows.joined(separator: "\n").replacing(",", with: ";"), as: "t.csv")
        for (name, text) in [
            "two": "city,kind,a\nx,y,1\nz,w,2\n", "holes": "a,label\n,1\n2,0\n",
            "names": "1,two,3\n4,5,6\n", "words": "a,name,label\n1,x,0\n2,y,1\n",
            "many": "a,y\n" + (0..<215).map { "\($0),\(18 + $0 % 43)\n" }.joined(),
        ] { try workspace.write(text, as: "\(name).csv") }
    }

    private static let flags = "--data t.csv --ignore id --device reference --seed 3"

    /// Columns in another order are the same table.
    @Test func columnsAreTakenByTheirNames() throws {
        try workspace.write("a,b,y\n1,20,0.5\n2,40,1.5\n5,10,2.5\n", as: "one.csv")
        try workspace.write("b,y,id,a\n20,0.5,x,1\n40,1.5,y,2\n10,2.5,z,5\n", as: "other.csv")
        try workspace.succeed(
            "train --data one.csv --hidden 3 --steps 2 --device reference --save m.safetensors")
        #expect(try workspace.succeed("model m.safetensors").contains("columns a, b"))
        func loss(_ file: String) throws -> Double {
            try workspace.decode(
                Schema.Evaluation.self,
                "evaluate --model m.safetensors --data \(file) --target y --device reference --json"
            ).loss
        }
        #expect(try loss("one.csv") == loss("other.csv"))
        func outputs(_ file: String) throws -> String {
            try workspace.succeed(
                "predict --model m.safetensors --input \(file) --device reference")
        }
        #expect(try outputs("one.csv") == outputs("other.csv"))
        // So is a training that goes on, and what it is validated on.
        func trained(_ flags: String) throws -> Double {
            try workspace.decode(
                Schema.Training.self,
                "train \(flags) --init m.safetensors --target y --steps 1 --device reference --json"
            ).loss
        }
        #expect(
            try trained("--data one.csv --validation other.csv")
                == trained("--data other.csv --validation one.csv"))
        try workspace.write("a,c,y\n1,20,0.5\n", as: "lacking.csv")
        let lacking = try workspace.run(
            "evaluate --model m.safetensors --data lacking.csv --device reference")
        #expect(lacking.code == 66 && lacking.stderr.contains("lacks \"b\""), "\(lacking)")
    }

    @Test func whatIsLearnedIsSaidAndDoneAgain() throws {
        let outcome = try workspace.run(
            "train \(Self.flags) --scale standard --hidden 8 --epochs 30 --batch-size 20 "
                + "--learning-rate 0.02 --save m.safetensors")
        try #require(outcome.code == 0, "\(outcome)")
        #expect(outcome.stderr.contains("input features: [2], numbers, less"))
        #expect(outcome.stderr.contains("target kind: 3 classes: blue 6"), "\(outcome.stderr)")
        let sentence = try #require(
            outcome.stdout.split(separator: "\n").first { $0.hasPrefix("t.csv:") })
        let again = try workspace.succeed("evaluate --model m.safetensors \(Self.flags)")
        #expect(again.contains(sentence))
        let accuracy = try #require(
            try workspace.decode(
                Schema.Evaluation.self, "evaluate --model m.safetensors \(Self.flags) --json"
            ).accuracy)
        // Without the scale every step would go by the first column alone.
        #expect(accuracy > 0.8)
        let file = try workspace.weights("m.safetensors")
        let input = try ModelDescription(of: file).network.inputs[0]
        #expect(input.preparation?.shift.count == 2 && file.classNames == ["blue", "green", "red"])

        // Another order of classes in the file does not change what they are.
        try workspace.write("a,b,kind\n1090,0.008,red\n1002,0.001,blue\n", as: "two.csv")
        let two = try workspace.decode(
            Schema.Evaluation.self,
            "evaluate --model m.safetensors --data two.csv --device reference --json --metrics confusion"
        )
        #expect(two.confusion?.map { $0.reduce(0, +) } == [1, 0, 1])
        try workspace.write("a,b,kind\n1090,0.008,violet\n1,2,red\n", as: "other.csv")
        let other = try workspace.run(
            "evaluate --model m.safetensors --data other.csv --device reference")
        #expect(
            other.code == 66 && other.stderr.contains("\"violet\"")
                && other.stderr.contains("blue, green, red"))

        // ONNX says it too.
        try workspace.succeed("export --model m.safetensors --output m.onnx")
        try workspace.write("a,b\n1090,0.008\n1002,0.001\n", as: "x.csv")
        let lines = try ["m.safetensors", "m.onnx"].map {
            try workspace.succeed("predict --model \($0) --input x.csv --device reference")
        }
        #expect(lines[0] == lines[1])
        #expect(lines[0].contains("2,red,") && lines[0].contains("0,blue,"), "\(lines[0])")
    }

    @Test func heldOutSamplesDecide() throws {
        let outcome = try workspace.run(
            "train \(Self.flags) --scale unit --validation 0.25 --hidden 8 --epochs 2 --patience 1")
        try #require(outcome.code == 0, "\(outcome)")
        #expect(outcome.stderr.contains("90 samples, 30 to validate on"))
        #expect(outcome.stderr.contains("validation loss") && !outcome.stderr.contains("test loss"))
        #expect(outcome.stdout.contains("t.csv, held out: loss"))
        let file = try workspace.run(
            "train \(Self.flags) --validation t.csv --hidden 8 --epochs 1")
        #expect(file.stderr.contains("120 samples, 120 to validate on"))
    }

    @Test(
        arguments: [
            ("--data t.csv --target kin", 66, "id, a, b, kind"),
            ("--data two.csv", 66, "left out (--target, --ignore)."),
            ("--data holes.csv", 66, "column's mean (--missing drop, --missing mean)."),
            ("--data names.csv", 66, "say which (--header yes, --header no)."),
            ("--data words.csv --target label", 66, "leave the column out (--ignore)."),
            ("--data many.csv --target y", 66, "softmax-cross-entropy or mse (--loss)."),
            ("--data t.csv --ignore id --target a,kind", 66, "only one target"),
            ("--data t.csv --delimiter ab", 64, "--delimiter"),
            ("--data t.csv --header maybe", 64, "'maybe'"),
            ("--data t.csv --missing guess", 64, "'guess'"),
            ("--data t.csv --ignore id --validation 1", 64, "--validation 1"),
            ("--data t.csv --ignore id --validation 0.0001", 66, "120 samples"),
            ("--data t.csv --ignore id --validation none.csv", 66, "none.csv"),
            ("--data moons --target x", 64, "--target"),
            ("--data t.csv --ignore id --scale log", 64, "'log'"),
        ] as [(String, Int32, String)])
    func whatIsAskedForInVainIsSaid(flags: String, code: Int32, word: String) throws {
        let outcome = try workspace.run("train \(flags) --device reference --epochs 1")
        #expect(outcome.code == code && outcome.stderr.contains(word), "\(outcome)")
    }
}
