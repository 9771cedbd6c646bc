import Foundation
import NNGPU
import Testing

/// Tables with missing numbers, filled by the mean of the training samples.
@Suite struct MissingValuesTests {
    private let workspace: Workspace

    init() throws { workspace = try Workspace() }

    private static let table = """
        a,b,target
        1,10,0.5
        ,20,1.5
        3,NA,2.5
        8,30,3.5

        """

    private func train(_ flags: String) throws -> Outcome {
        try workspace.run(
            "train --device reference --hidden 3 --steps 2 --save m.safetensors \(flags)")
    }

    private func preparation() throws -> Preparation? {
        try ModelDescription(of: workspace.weights("m.safetensors")).network.inputs[0].preparation
    }

    /// As `SimpleImputer(strategy="mean")` and after it `StandardScaler` of scikit-learn on the same columns.
    @Test func theMeanIsAPartOfTheModel() throws {
        try workspace.write(Self.table, as: "t.csv")
        let outcome = try train("--data t.csv --missing mean --scale standard")
        try #require(outcome.code == 0, "\(outcome)")
        #expect(outcome.stderr.contains("note: 2 missing values get the mean of their column"))
        let prepared = try #require(try preparation())
        #expect(prepared.fill == [4, 20] && prepared.shift == [4, 20] && prepared.axis == 0)
        // [1, 4, 3, 8] deviates by √(26/4), [10, 20, 20, 30] by √(200/4).
        #expect(abs(prepared.factor[0] - 0.392_232_3) < 1e-6)
        #expect(abs(prepared.factor[1] - 0.141_421_36) < 1e-6)

        // Whoever uses the model gets the mean without asking for it.
        try workspace.write("a,b\n,20\n4,\n4,20\n", as: "x.csv")
        let rows = try workspace.succeed(
            "predict --model m.safetensors --input x.csv --device reference"
        ).split(separator: "\n").dropFirst()
        #expect(rows.count == 3 && Set(rows).count == 1, "\(rows)")
        for device in testedDevices {
            let others = try workspace.succeed(
                "predict --model m.safetensors --input x.csv --device \(device)"
            ).split(separator: "\n").dropFirst()
            #expect(others.count == 3 && Set(others).count == 1 && !others.contains("nan"))
        }
        try workspace.write("a,b,target\n4,20,1\n4,20,2\n", as: "whole.csv")
        try workspace.write("a,b,target\n,20,1\n4,?,2\n", as: "holes.csv")
        let losses = try ["whole", "holes"].map {
            try workspace.decode(
                Schema.Evaluation.self,
                "evaluate --model m.safetensors --data \($0).csv --device reference --json"
            ).loss
        }
        #expect(losses[0] == losses[1] && losses[0].isFinite)
        // Unless it asks for something else.
        let dropped = try workspace.run(
            "evaluate --model m.safetensors --data holes.csv --device reference --missing drop")
        #expect(dropped.code == 66, "\(dropped)")

        // Training goes on with the same numbers.
        let again = try workspace.run(
            "train --data holes.csv --device reference --init m.safetensors --steps 1 --save m.safetensors"
        )
        #expect(again.code == 0, "\(again)")
        #expect(try preparation() == prepared)
    }

    /// NumPy has NaN in their place; whoever goes on with the model need not say again what becomes of them.
    @Test func arraysAndFurtherTrainingAreFilledToo() throws {
        try workspace.write(Self.table, as: "t.csv")
        #expect(try train("--data t.csv --missing mean").code == 0)
        let prepared = try #require(try preparation())
        try workspace.writeNumPy([.nan, 20, 4, .nan, 4, 20], shape: [3, 2], as: "x.npy")
        let columns: [Float] = [.nan, 4, 4, 20, .nan, 20]
        var fortran = NumPyArray(shape: [3, 2], values: columns).encoded()
        let place = try #require(fortran.firstRange(of: Array("False".utf8)))
        fortran.replaceSubrange(place, with: Array("True ".utf8))
        try workspace.write(Data(fortran), as: "f.npy")
        for file in ["x.npy", "f.npy"] {
            let rows = try workspace.succeed(
                "predict --model m.safetensors --input \(file) --device reference"
            ).split(separator: "\n").dropFirst()
            #expect(rows.count == 3 && Set(rows).count == 1, "\(rows)")
        }
        let again = try workspace.run(
            "train --data t.csv --model m.safetensors --device reference --steps 2 --save m.safetensors"
        )
        #expect(again.code == 0, "\(again)")
        #expect(try preparation() == prepared)
        // Others are refused as before.
        try workspace.writeNumPy([.infinity, 20], shape: [1, 2], as: "x.npy")
        let infinite = try workspace.run(
            "predict --model m.safetensors --input x.npy --device reference")
        #expect(infinite.code == 66 && infinite.stderr.contains("element 0"), "\(infinite)")
        #expect(try train("--data t.csv --missing drop").code == 0)
        try workspace.writeNumPy([.nan, 20], shape: [1, 2], as: "x.npy")
        #expect(
            try workspace.run("predict --model m.safetensors --input x.npy --device reference")
                .code == 66)
    }

    /// What is held out has no part in it.
    @Test func theMeanIsThatOfTheTrainingSamples() throws {
        let rows = (0..<40).map { "\($0 % 4 == 0 ? "" : "\($0)"),\($0)" }
        try workspace.write("a,target\n" + rows.joined(separator: "\n"), as: "t.csv")
        let outcome = try train("--data t.csv --missing mean --loss mse --validation 0.25 --seed 4")
        try #require(outcome.code == 0, "\(outcome)")
        let fill = try #require(try preparation()?.fill)
        let source = try DataSource("t.csv", in: workspace)
        let train = try source.load(seed: 4).holdingOut(0.25, seed: 4).train
        let values = Array(train.features).filter { !$0.isNaN }
        #expect(train.count == 30 && values.count < 30)
        #expect(abs(fill[0] - values.reduce(0, +) / Float(values.count)) < 1e-5)
        #expect(outcome.stderr.contains("validation loss"))
    }

    /// A table without a missing value may meet others later.
    @Test func theMeanIsKeptWhereNothingIsMissing() throws {
        try workspace.write("a,target\n1,2.5\n3,4.5\n", as: "t.csv")
        #expect(try train("--data t.csv --missing mean").code == 0)
        #expect(try preparation() == Preparation(shift: [0], factor: [1], fill: [2], axis: 0))
    }

    @Test func whatCannotBeFilledIsSaid() throws {
        try workspace.write("a,b,target\n,1,0.5\n,2,1.5\n", as: "none.csv")
        let none = try train("--data none.csv --missing mean --target target")
        #expect(none.code == 66 && none.stderr.contains("Feature 1 of"), "\(none)")
        try workspace.write("a,target\n1,\n2,1.5\n3,2.5\n", as: "target.csv")
        let target = try train("--data target.csv --missing mean --target target")
        #expect(target.code == 66 && target.stderr.contains("line 2, column 2"), "\(target)")
        try workspace.write(Self.table, as: "t.csv")
        let onnx = try workspace.run(
            "train --data t.csv --missing mean --device reference --save m.onnx")
        #expect(onnx.code == 66 && onnx.stderr.contains("safetensors"), "\(onnx)")
        // A model that fills in nothing cannot be judged on holes.
        #expect(try train("--data t.csv --missing drop").code == 0)
        let holes = try workspace.run(
            "evaluate --model m.safetensors --data t.csv --device reference --missing mean")
        #expect(holes.code == 64 && holes.stderr.contains("refuse or drop"), "\(holes)")
        let refused = try workspace.run("evaluate --model m.safetensors --data t.csv")
        #expect(refused.code == 66 && refused.stderr.contains("line 3, column 1"), "\(refused)")
        #expect(refused.stderr.contains("--missing mean"))
    }
}

extension DataSource {
    /// A table of the workspace in which missing numbers are let through.
    fileprivate init(_ file: String, in workspace: Workspace) throws {
        self = .csv(
            file: workspace.url.appending(path: file).path, TableOptions(missing: .mean))
    }
}
