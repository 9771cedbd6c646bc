import Foundation
import NNGPU
import Testing

/// Optimizers' options by flags, with PyTorch's names and meaning.
@Suite struct OptimizerFlagTests {
    private let workspace: Workspace

    init() throws {
        workspace = try Workspace()
        try workspace.write("x,target\n0.5,1.0\n1.0,3.0\n-1.0,0.0\n2.0,4.5\n", as: "t.csv")
        try Safetensors([
            Safetensors.Tensor(name: "0.weight", shape: [1, 1], floats: [0.25]),
            Safetensors.Tensor(name: "0.bias", shape: [1], floats: [-0.5]),
        ]).write(to: workspace.url.appending(path: "w.safetensors"))
    }

    private static let line =
        "train --data t.csv --loss mse --hidden none --init w.safetensors --device reference --steps 3 --no-shuffle"

    /// Weight and bias of `nn.Linear(1, 1)` after three steps of `torch.optim`'s rules in float64.
    @Test(
        arguments: [
            ("sgd", 1.4223413, 0.5229873),
            ("sgd --momentum 0.5", 1.9319116, 0.9652529),
            ("momentum --momentum 0.5", 1.9319116, 0.9652529),
            ("momentum", 2.5589429, 1.4968154),
            ("sgd --momentum 0.7 --nesterov", 2.0523599, 1.1900926),
            ("nesterov --momentum 0.7", 2.0523599, 1.1900926),
            ("momentum --nesterov", 2.3384170, 1.4975239),
            ("adam", 0.5490031, -0.2008877),
            ("adam --betas 0.8,0.95 --epsilon 0.1", 0.5435710, -0.2074110),
            ("adamw --betas 0.5,0.9 --epsilon 1e-3 --weight-decay 0.2", 0.5253040, -0.1804337),
            ("rmsprop --alpha 0.8 --epsilon 0.01", 0.7489415, 0.0017768),
            (
                "rmsprop --alpha 0.8 --momentum 0.5 --weight-decay 0.1", 0.9830675, 0.2385927
            ),
        ] as [(String, Double, Double)])
    func flagsMeanWhatPyTorchMeans(flags: String, weight: Double, bias: Double) throws {
        try workspace.succeed(
            "\(Self.line) --lr 0.1 --optimizer \(flags) --save trained.safetensors --quiet")
        let file = try workspace.weights("trained.safetensors")
        let found = ["0.weight", "0.bias"].map { file[$0]?.doubles()[0] ?? .nan }
        #expect(abs(found[0] - weight) < 2e-6 && abs(found[1] - bias) < 2e-6, "\(found)")
    }

    @Test func whatWasAskedForIsSaidAndLogged() throws {
        let outcome = try workspace.run(
            "\(Self.line) --optimizer sgd --momentum 0.5 --nesterov --lr 0.25 --log run.jsonl")
        #expect(outcome.code == 0)
        #expect(
            outcome.stderr.contains("mse, sgd (momentum 0.5, nesterov), learning rate 0.25"),
            "\(outcome)")
        let line = try #require(try workspace.text("run.jsonl").split(separator: "\n").first)
        let run = try #require(
            try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        let settings = try #require(run["settings"] as? [String: Any])
        #expect(settings["momentum"] as? Double == 0.5)
        #expect(settings["isNesterov"] as? Bool == true && settings["betas"] == nil)
        #expect(settings["learningRate"] as? Double == 0.25)
    }

    @Test(
        arguments: [
            ("--optimizer adam --momentum 0.9", "adam has no momentum: it has betas, epsilon"),
            ("--optimizer adamw --nesterov", "adamw has no nesterov"),
            ("--optimizer sgd --betas 0.9,0.99", "sgd has no betas: it has momentum, nesterov"),
            ("--optimizer momentum --epsilon 1", "momentum has no epsilon"),
            ("--optimizer adam --alpha 0.9", "adam has no alpha"),
            ("--optimizer rmsprop --nesterov", "rmsprop has no nesterov"),
            ("--optimizer sgd --nesterov", "needs momentum"),
            ("--optimizer nesterov --momentum 0", "needs momentum"),
            ("--optimizer sgd --momentum 1", "momentum cannot be 1.0"),
            ("--optimizer sgd --momentum -0.5", "momentum cannot be -0.5"),
            ("--optimizer sgd --momentum nan", "momentum cannot be nan"),
            ("--betas 0.9", "'0.9'"), ("--betas 0.9,1", "betas cannot be 1.0"),
            ("--betas 0.9,0.99,0.999", "'0.9,0.99,0.999'"), ("--betas a,b", "'a,b'"),
            ("--epsilon -1", "epsilon cannot be -1.0"), ("--epsilon inf", "epsilon cannot be inf"),
            ("--optimizer rmsprop --alpha 1", "alpha cannot be 1.0"),
            ("--weight-decay -1", "weight-decay cannot be -1.0"), ("--lr fast", "'fast'"),
        ])
    func whatARuleDoesNotHaveIsRefused(flags: String, words: String) throws {
        let outcome = try workspace.run("train --data moons \(flags)")
        #expect(outcome.code == 64 && outcome.stderr.contains(words), "\(outcome)")
        #expect(outcome.stderr.split(separator: "\n").count == 1)
    }

    /// A run file knows both names, and a flag wins under either.
    @Test func theShortNameIsTheSameSetting() throws {
        try workspace.write("lr: 0.5\nbetas: [0.8, 0.9]\n", as: "run.yaml")
        let printed = try workspace.succeed("train run.yaml --print-config").split(separator: "\n")
        #expect(printed.contains("learning-rate: 0.5") && printed.contains("betas: 0.8,0.9"))
        let other = try workspace.succeed("train run.yaml --lr=0.1 --print-config")
        #expect(other.contains("learning-rate: 0.1") && !other.contains("0.5"))
        try workspace.write("lr: 0.5\nlearning-rate: 0.1\n", as: "twice.yaml")
        let twice = try workspace.run("train twice.yaml --print-config")
        #expect(twice.code == 66 && twice.stderr.contains("twice.yaml, line 2"), "\(twice)")
        try workspace.write("optimizer: adam\nmomentum: 0.9\n", as: "wrong.yaml")
        let wrong = try workspace.run("train wrong.yaml")
        #expect(wrong.code == 66 && wrong.stderr.contains("wrong.yaml, line 2"), "\(wrong)")
    }
}
