import Foundation
import Testing

@Suite struct RunFileTests {
    private static let flags =
        "--data moons --hidden 8,4 --learning-rate 1e-2 --steps 5 --no-shuffle --device reference"
    private static let yaml = """
        # Text, a list, a number in a form of its own, a choice.
        data: moons
        hidden: [8, 4]
        learning-rate: 1e-2
        steps: "5"
        no-shuffle: true
        resume: false
        device: reference
        """
    private static let json = """
        {"data": "moons", "hidden": "8,4", "learning-rate": 0.01, "steps": 5, "no-shuffle": true,
         "resume": false, "device": "reference"}
        """

    @Test(arguments: [yaml, json])
    func aRunFileTrainsAsItsFlagsDo(text: String) throws {
        let workspace = try Workspace()
        try workspace.write(text, as: "run.yaml")
        try workspace.succeed("train \(Self.flags) --save flags.safetensors")
        try workspace.succeed("train run.yaml --save file.safetensors")
        #expect(try workspace.data("file.safetensors") == workspace.data("flags.safetensors"))
    }

    /// Wherever the file stands among them.
    @Test(arguments: [
        "run.yaml --seed 7 --hidden=3", "--seed=7 run.yaml --hidden 3",
        "--seed 7 --hidden 3 run.yaml",
    ])
    func flagsWin(line: String) throws {
        let workspace = try Workspace()
        try workspace.write("seed: 1\nhidden: 8\nkeep: 5\n", as: "run.yaml")
        let settings = try workspace.succeed("train \(line) --print-config").split(separator: "\n")
        for expected in ["seed: 7", "hidden: 3", "keep: 5"] {
            #expect(settings.contains { $0 == expected }, "\(settings)")
        }
    }

    @Test(arguments: [
        ("epochs: 3", "--steps 9", "steps: 9"), ("steps: 3", "--epochs 9", "epochs: 9"),
        ("hidden: 3", "--model m.json", "model: m.json"),
        ("model: m.json", "--hidden 3", "hidden: 3"),
        ("{checkpoint: run, every: 2, resume: true}", "--verify-resume", "verify-resume: true"),
    ])
    func aFlagTakesThePlaceOfWhatExcludesIt(text: String, flag: String, expected: String) throws {
        let workspace = try Workspace()
        try workspace.write(text, as: "run.yaml")
        let printed = try workspace.succeed("train run.yaml \(flag) --print-config")
        let set = printed.split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(set.contains { $0 == expected }, "\(set)")
        #expect(!set.contains { text.contains($0) }, "\(set)")
    }

    @Test(arguments: ["epochs: 3\nlr: 0.5\n", #"{"epochs": 3, "lr": 0.5}"#])
    func aByteOrderMarkIsNoText(text: String) throws {
        let workspace = try Workspace()
        try workspace.write("\u{FEFF}" + text, as: "run.yaml")
        let printed = try workspace.succeed("train run.yaml --print-config").split(separator: "\n")
        #expect(printed.contains("epochs: 3") && printed.contains("learning-rate: 0.5"))
        try workspace.write("\u{FEFF}input: [2]\nlayers: [linear: 2]\n", as: "my.yaml")
        #expect(try workspace.succeed("model my.yaml").contains("6 parameters"))
    }

    // MARK: - --print-config

    @Test(arguments: [
        "", "--steps 3 --resume --checkpoint run", "--data x.npy,y.npy --save null --seed 0",
        "--save true --report ~ --hidden none --schedule warmup:5+cosine:1e-5 --no-tune",
        "--save #1 --init a:b --checkpoint '\"&{}[]|>%@` --clip-norm 1e30",
    ])
    func whatIsPrintedComesBack(flags: String) throws {
        let workspace = try Workspace()
        let printed = try workspace.succeed("train \(flags) --print-config")
        try workspace.write(printed, as: "run.yaml")
        #expect(try workspace.succeed("train run.yaml --print-config") == printed)
        for (flag, value) in zip(
            flags.split(separator: " "), flags.split(separator: " ").dropFirst())
        where flag.hasPrefix("--") && !value.hasPrefix("--") {
            #expect(printed.contains(value), "\(flag)")
        }
    }

    @Test func everyFlagOfTrainIsASetting() throws {
        let workspace = try Workspace()
        let printed = try workspace.succeed("train --print-config")
        let names = printed.split(separator: "\n").dropFirst().compactMap {
            $0.firstMatch(of: #/^(?:# )?([a-z-]+):/#).map { String($0.1) }
        }
        let help = try workspace.succeed("train --help")
        let flags = help.matches(of: #/\n  (?:-h, )?--([a-z-]+)/#).map { String($0.1) }
        #expect(Set(names) == Set(flags).subtracting(["help", "version", "print-config"]))
    }

    @Test func printingDoesNotTrain() throws {
        let workspace = try Workspace()
        // Neither the device nor the data are there.
        try workspace.succeed("train --data nosuch.csv --device 99 --save m --print-config")
        #expect(!workspace.exists("m"))
    }

    @Test func manyAliasesOfOneValueAreNoBomb() throws {
        let workspace = try Workspace()
        try workspace.write("data: &name moons\nsave: *name\n# 2**3 *** are fine\n", as: "run.yaml")
        let printed = try workspace.succeed("train run.yaml --print-config")
        #expect(printed.contains("\nsave: moons\n"))
    }

    // MARK: - What `MisuseTests` gives to the tool

    /// Texts of run files by name.
    static let misused = [
        "good": "epochs: 3\n", "huge": String(repeating: "#", count: 65_537),
        "list": "- epochs\n", "unclosed": "hidden: [1\n", "tab": "seed: 1\n\tepochs: 2\n",
        "documents": "seed: 1\n---\nseed: 2\n", "deep": String(repeating: "[", count: 5000),
        "misspelled": "# A comment\nseed: 1\nhiden: 3\n",
        "twice": "epochs: 3\nseed: 1\nepochs: 4\n",
        "empty": "seed: 1\nsave:\n", "yes": "resume: y\n", "switch": "checkpoint: true\n",
        "mapping": "optimizer: {name: adam}\n", "nested": "hidden: [[1, 2]]\n",
        "number": "seed: 1\nepochs: ten\n", "range": "batch-size: 0\n",
        "choice": "optimizer: lion\n",
        "both": "epochs: 1\nsteps: 1\n",
        // The key of the last mapping would be hashed, all 10^8 words of it.
        "bomb": (1...8).map { level in
            let inner = level == 1 ? "x" : "*a\(level - 1)"
            let list = Array(repeating: inner, count: 10).joined(separator: ", ")
            return "k\(level): &a\(level) [\(list)]\n"
        }.joined() + "? *a8\n: 1\n",
    ]
}
