import Foundation
import NNGPU
import Testing

@Suite struct TrainTests {
    private let workspace: Workspace

    init() throws { workspace = try Workspace() }

    private func train(
        _ flags: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> Schema.Training {
        try workspace.decode(
            Schema.Training.self, "train \(flags) --json", sourceLocation: sourceLocation)
    }

    // MARK: - Data

    @Test(arguments: testedDevices)
    func aSingleNeuronCannotLearnXORAndAHiddenLayerCan(device: String) throws {
        let flags =
            "--data xor --epochs 20 --learning-rate 0.03 --batch-size 100 --device \(device)"
        let single = try train("\(flags) --hidden none")
        #expect(try #require(single.accuracy) <= 0.8)
        let hidden = try train("\(flags) --hidden 8 --activation tanh")
        #expect(try #require(hidden.accuracy) > 0.97)
        #expect(hidden.loss < single.loss)
    }

    @Test func moonsWithBinaryCrossEntropy() throws {
        let result = try train(
            "--data moons --loss binary-cross-entropy --hidden 16 --learning-rate 0.03 "
                + "--batch-size 50 --epochs 20 --save m.safetensors")
        #expect(try #require(result.accuracy) > 0.97)
        #expect(result.ending == "completed")
        #expect(result.steps == 400)
        #expect(result.evaluatedOn == "moons" && result.samples == 500)
        #expect(result.saved == "m.safetensors")
        #expect(try workspace.weights("m.safetensors")["2.weight"]?.shape == [1, 16])
    }

    @Test func sineWithMSE() throws {
        for loss in ["", " --loss mse"] {
            let result = try train(
                "--data sine --hidden 32 --activation tanh --learning-rate 0.01 --batch-size 50 "
                    + "--epochs 30\(loss)")
            #expect(result.accuracy == nil)
            #expect(result.loss < 0.01)
            #expect(result.saved == nil)
        }
    }

    @Test func numPyFiles() throws {
        let features = (0..<30).flatMap { index -> [Float] in
            [Float(index) / 15 - 1, Float(index % 3)]
        }
        try workspace.writeNumPy(features, shape: [30, 2], as: "x.npy")
        try workspace.writeNumPy((0..<30).map { Float($0 % 3) }, shape: [30], as: "y.npy")
        let result = try train(
            "--data x.npy,y.npy --hidden 16 --epochs 60 --learning-rate 0.03 --batch-size 10")
        #expect(try #require(result.accuracy) > 0.9)
        // There is no test set, so the training samples are what it is judged on.
        #expect(result.samples == 30)

        try workspace.writeNumPy(features.map { $0 * 0.5 + 0.25 }, shape: [30, 2], as: "t.npy")
        let regression = try train(
            "--data x.npy,t.npy --hidden none --epochs 60 --learning-rate 0.03 --batch-size 10 "
                + "--save r.safetensors")
        #expect(regression.accuracy == nil && regression.loss < 0.05)
        #expect(try workspace.weights("r.safetensors")["0.weight"]?.shape == [2, 2])
    }

    @Test func csvFile() throws {
        let rows = (0..<40).map { "\($0 % 2),\(Float($0 % 2) - 0.5),\(Float($0) / 40)" }
        try workspace.write((["label,a,b"] + rows).joined(separator: "\n"), as: "d.csv")
        let result = try train(
            "--data d.csv --hidden none --epochs 40 --learning-rate 0.1 --batch-size 8")
        #expect(result.accuracy == 1)
        #expect(result.evaluatedOn == "d.csv" && result.samples == 40 && result.steps == 200)
    }

    @Test func folderOfIDXFiles() throws {
        for (part, count) in [("train", 12), ("t10k", 6)] {
            // The image of class c is white in row c.
            let images = (0..<count).flatMap { index in
                (0..<9).map { UInt8($0 / 3 == index % 3 ? 255 : 0) }
            }
            try workspace.writeIDX(
                images, shape: [count, 3, 3], as: "idx/\(part)-images-idx3-ubyte")
            try workspace.writeIDX(
                (0..<count).map { UInt8($0 % 3) }, shape: [count],
                as: "idx/\(part)-labels-idx1-ubyte")
        }
        let result = try train(
            "--data idx --hidden none --epochs 40 --learning-rate 0.1 --batch-size 5 "
                + "--save m.safetensors")
        #expect(result.accuracy == 1)
        #expect(result.samples == 6 && result.steps == 120)
        #expect(try workspace.weights("m.safetensors")["0.weight"]?.shape == [3, 9])
    }

    @Test(.enabled(if: FashionMNIST.isInstalled && !Device.all.isEmpty))
    func fashionMNISTIsTheDefault() throws {
        let outcome = try workspace.run("train --hidden 32 --steps 40 --json")
        #expect(outcome.code == 0)
        let result = try JSONDecoder().decode(
            Schema.Training.self, from: Data(outcome.stdout.utf8))
        #expect(result.evaluatedOn == "fashion-mnist" && result.samples == 10_000)
        #expect(result.steps == 40)
        // Ten classes: guessing is right once in ten times.
        #expect(try #require(result.accuracy) > 0.4)
        #expect(outcome.stderr.contains("60,000 samples, 10,000 to test on"))
        // 784·32 weights.
        #expect(outcome.stderr.contains("25120"))
    }

    // MARK: - Output

    @Test func resultsAreOnStdoutAndProgressIsPlainLinesOnStderr() throws {
        let outcome = try workspace.run(
            "train --data moons --hidden 4 --epochs 3 --batch-size 100 --loss-interval 2")
        #expect(outcome.code == 0)
        let results = outcome.stdout.split(separator: "\n")
        #expect(results.count == 3)
        #expect(results[0].hasPrefix("completed after 30 steps in "))
        #expect(results[1].contains(/^moons: loss \d\.\d{4}, accuracy \d+\.\d\d % on 500 samples$/))
        #expect(results[2].contains("--save"))
        let epochs = outcome.stderr.split(separator: "\n").filter { $0.hasPrefix("epoch ") }
        #expect(epochs.count == 3)
        #expect(epochs.allSatisfy { $0.contains("test accuracy") && $0.contains("samples/s") })
        #expect(outcome.stderr.contains("device: "))
        for escape in ["\u{1B}", "\r", "█"] {
            #expect(!outcome.stderr.contains(escape) && !outcome.stdout.contains(escape))
        }
    }

    @Test func aTerminalShowsABarWithRateAndETA() throws {
        let terminal = try Terminal()
        let run = try ToolRun(
            "train --data moons --hidden 4 --epochs 2 --batch-size 10 --loss-interval 7",
            in: workspace, terminal: terminal)
        let outcome = try run.outcome()
        #expect(outcome.code == 0)
        let bars = outcome.stderr.split(separator: "\r").filter { $0.contains("ETA") }
        #expect(bars.count == 2 * (100 / 7))
        let place = /epoch \d █*░* \d+\/100  loss \d\.\d{4}/
        let rate = /[\d,]+ samples\/s  ETA [\d.]+ (µs|ms|s|min)/
        #expect(bars.allSatisfy { $0.contains(place) && $0.contains(rate) })
        // The line of the epoch takes the place of the bar; results go to stdout all the same.
        let last = try #require(outcome.stderr.components(separatedBy: "\u{1B}[?7h").last)
        #expect(last.hasPrefix("epoch 2  loss") && last.hasSuffix("\r\n"))
        #expect(outcome.stdout.hasPrefix("completed"))
        #expect(!outcome.stdout.contains("\u{1B}"))
    }

    @Test func quietPrintsTheResultAlone() throws {
        let outcome = try workspace.run("train --data xor --hidden 4 --steps 3 --quiet")
        #expect(outcome.code == 0 && outcome.stderr == "")
        #expect(outcome.stdout.hasPrefix("completed after 3 steps"))
    }

    // MARK: - Options

    @Test(arguments: OptimizerName.allCases, testedDevices)
    func everyOptimizerLearns(optimizer: OptimizerName, device: String) throws {
        // The rates are such that each gets somewhere in a hundred steps.
        let rate = [.adam, .adamW, .rmsprop].contains(optimizer) ? 0.03 : 0.3
        let result = try train(
            "--data moons --hidden 8 --batch-size 50 --epochs 5 --optimizer \(optimizer.rawValue) "
                + "--learning-rate \(rate) --device \(device)")
        #expect(try #require(result.accuracy) > 0.8, "\(result)")
    }

    @Test(arguments: [
        "--schedule step:10:0.5", "--schedule cosine", "--schedule cosine:1e-4",
        "--schedule warmup:5+cosine", "--clip-norm 0.01", "--weight-decay 0.5",
        "--optimizer adamw --weight-decay 0.5", "--no-shuffle", "--seed 1", "--batch-size 32",
        "--activation gelu", "--dropout 0.5", "--optimizer rmsprop", "--learning-rate 0.01",
    ])
    func everyOptionChangesTheWeights(option: String) throws {
        let flags = "--data moons --hidden 8 --epochs 2"
        let plain = option.hasPrefix("--batch-size") ? "" : " --batch-size 50"
        try workspace.succeed("train \(flags)\(plain) --save plain.safetensors")
        try workspace.succeed("train \(flags)\(plain) \(option) --save other.safetensors")
        let names = ["plain.safetensors", "other.safetensors"]
        let tensors = try names.map { try workspace.weights($0)["0.weight"]?.floats() }
        #expect(tensors[0] != nil && tensors[0] != tensors[1])
        #expect(tensors[1]?.allSatisfy(\.isFinite) == true)
    }

    @Test func stepsEndInTheMiddleOfAnEpoch() throws {
        // 1,000 samples in batches of 300: the fourth step of an epoch has 100.
        let outcome = try workspace.run(
            "train --data circles --hidden 4 --steps 6 --batch-size 300")
        #expect(outcome.code == 0)
        #expect(outcome.stdout.hasPrefix("completed after 6 steps"))
        let epochs = outcome.stderr.split(separator: "\n").filter { $0.hasPrefix("epoch ") }
        #expect(epochs.count == 2)
        // A batch larger than the data is all of the data.
        let whole = try train("--data circles --hidden 4 --epochs 2 --batch-size 100000")
        #expect(whole.steps == 2)
    }

    @Test func aScheduleOfZeroRatesChangesNothing() throws {
        try workspace.succeed(
            "train --data xor --hidden 4 --steps 1 --learning-rate 0 --save a.safetensors")
        try workspace.succeed(
            "train --data xor --hidden 4 --steps 9 --schedule step:1:0 --learning-rate 0 "
                + "--save b.safetensors")
        #expect(try workspace.data("a.safetensors") == workspace.data("b.safetensors"))
    }

    @Test func patienceStopsEarlyWithTheBestWeights() throws {
        let outcome = try workspace.run(
            "train --data xor --hidden 4 --epochs 50 --patience 2 --learning-rate 3 "
                + "--optimizer sgd --batch-size 4 --save m.safetensors")
        #expect(outcome.code == 0)
        let match = try #require(
            outcome.stdout.firstMatch(
                of: /^stopped early after [\d,]+ steps in .*, weights of epoch (\d+)\n/))
        let lines = outcome.stderr.split(separator: "\n").filter { $0.hasPrefix("epoch ") }
        let losses = lines.compactMap { line in
            line.firstMatch(of: /test loss (\d+\.\d+)/).flatMap { Double($0.1) }
        }
        let best = try #require(Int(match.1))
        try #require(losses.count == best + 2)
        #expect(losses.min() == losses[best - 1])
        // What is saved is the best, not the last.
        let evaluation = try workspace.decode(
            Schema.Evaluation.self, "evaluate --model m.safetensors --data xor --json")
        #expect(Swift.abs(evaluation.loss - losses[best - 1]) < 1e-4)
    }
}
