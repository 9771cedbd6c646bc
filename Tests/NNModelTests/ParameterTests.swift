import NNFiles
import NNGraph
import NNModel
import Testing

/// What layers may ask a pass for, and where it lies.
@Suite struct ParameterTests {
    private static let fan = Fan(input: 1, output: 1)

    /// A trunk that is called twice, a table that is tied to a head, and a running mean.
    private struct Shared: Model {
        var trunk = Linear(3, 3)

        func callAsFunction(_ inputs: NamedTensors, in pass: ForwardPass) throws -> NamedTensors {
            let first = try pass.apply(trunk, named: "trunk", to: inputs["a"])
            let second = try pass.apply(trunk, named: "trunk", to: inputs["b"])
            let table = try pass.parameter(
                "table.weight", [4, 3], .standard, fan: Fan(input: 3, output: 4))
            try pass.tie("head.weight", to: table)
            let mean = try pass.running("mean", [3], .zeros)
            try pass.update("mean", to: mean * 0.9 + first.mean([0]) * 0.1)
            return ["logits": try matmul(first + second - mean, table, transposeB: true)]
        }
    }

    private static let network = Network(
        Shared(), inputs: [ModelInput("a", [3]), ModelInput("b", [3])])

    @Test func aLayerThatIsCalledTwiceIsShared() throws {
        let layout = try ParameterLayout(of: Self.network)
        #expect(layout.entries.map(\.name) == ["trunk.weight", "trunk.bias", "table.weight"])
        #expect(layout.entries[2].aliases == ["head.weight"])
        #expect(layout.fixedEntries.map(\.name) == ["mean"])
        #expect(layout.fixedEntries.map(\.kind) == [.running])
        #expect((layout.count, layout.fixedCount) == (24, 3))
        #expect(try ModelSummary(of: Self.network).parameterCount == 12)
    }

    @Test func oneNameIsNotTwoParameters() throws {
        let pass = try ForwardPass()
        let weight = try pass.parameter("w", [2], .ones, fan: Self.fan)
        #expect(throws: ModelError.parameterRepeated("w")) {
            try pass.parameter("w", [2], .ones, fan: Self.fan)
        }
        #expect(throws: ModelError.parameterShared(name: "w", first: [2], second: [2])) {
            try pass.running("w", [2], .ones)
        }
        let other = try pass.parameter("v", [2], .ones, fan: Self.fan)
        #expect(throws: ModelError.parameterShared(name: "w", first: [2], second: [2])) {
            try pass.tie("w", to: other)
        }
        #expect(throws: ModelError.notAParameter("x")) { try pass.tie("x", to: weight + 1) }
    }

    @Test func whatRunsIsWhatTheLayerLastSaid() throws {
        let pass = try ForwardPass(isTraining: true)
        let first = try pass.running("m", [2], .zeros)
        let second = try first + 1
        try pass.update("m", to: second)
        #expect(try pass.running("m", [2], .zeros) == second)
        #expect(pass.updates["m"] == second)
        #expect(throws: ModelError.parameterShape(name: "m", expected: [2], found: [3])) {
            try pass.update("m", to: .constant(0, [3]))
        }
        #expect(throws: ModelError.notRunning("n", known: ["m"])) {
            try pass.update("n", to: first)
        }
        let outside = try ForwardPass()
        try outside.update("m", to: outside.running("m", [2], .zeros) + 1)
        #expect(outside.updates.isEmpty)
    }

    @Test func frozenOnesAreNotTrained() throws {
        let layout = try ParameterLayout(of: Self.network, frozen: ["trunk.*"])
        #expect(layout.entries.map(\.name) == ["table.weight"])
        #expect(layout.fixedEntries.map(\.name) == ["trunk.weight", "trunk.bias", "mean"])
        #expect(layout.fixedEntries.map(\.kind) == [.frozen, .frozen, .running])
        // Each begins as it would if it were trained.
        let all = try ParameterLayout(of: Self.network).initialValues(seed: 4)
        let values = layout.initialValues(seed: 4)
        #expect(values.fixed == Array(all.trained[..<12]) + [0, 0, 0])
        #expect(values.trained == Array(all.trained[12...]))
        // A tied parameter is frozen by either of its names.
        #expect(
            try ParameterLayout(of: Self.network, frozen: ["head.*"]).fixedEntries.map(\.name)
                == ["table.weight", "mean"])
        #expect(throws: ModelError.noParameters) {
            try ParameterLayout(of: Self.network, frozen: ["*"])
        }
        let error = #expect(throws: ModelError.self) {
            try ParameterLayout(of: Self.network, frozen: ["trnk.*"])
        }
        #expect(error?.description.contains("No parameter is called \"trnk.*\"") == true)
    }

    @Test func groupsLieSideBySide() throws {
        let layout = try ParameterLayout(of: Self.network, groups: ["*.bias", "*table*"])
        #expect(layout.entries.map(\.name) == ["trunk.weight", "trunk.bias", "table.weight"])
        #expect(layout.groups == [0..<9, 9..<12, 12..<24])
        let turned = try ParameterLayout(of: Self.network, groups: ["table.*", "trunk.weight"])
        #expect(turned.entries.map(\.name) == ["trunk.bias", "table.weight", "trunk.weight"])
        #expect(turned.groups == [0..<3, 3..<15, 15..<24])
        // The order of the layers decides over first values, not that of the groups.
        let (plain, grouped) = (
            try ParameterLayout(of: Self.network).initialValues(seed: 2).trained,
            turned.initialValues(seed: 2).trained
        )
        #expect(grouped[15..<24].elementsEqual(plain[0..<9]))
    }

    @Test func tiedOnesAreSavedUnderEachName() throws {
        let layout = try ParameterLayout(of: Self.network)
        let values = layout.initialValues(seed: 1)
        let file = try Safetensors(layout.tensors(from: values))
        #expect(file["head.weight"]?.floats() == file["table.weight"]?.floats())
        #expect(try layout.values(from: file) == values)
        // One of the names is enough, and two that differ are not.
        let one = try Safetensors(file.tensors.filter { $0.name != "table.weight" })
        #expect(try layout.values(from: one) == values)
        let apart = try Safetensors(
            one.tensors + [
                .init(name: "table.weight", shape: [4, 3], floats: .init(repeating: 1, count: 12))
            ])
        #expect(throws: ModelError.tiedApart(first: "table.weight", second: "head.weight")) {
            try layout.values(from: apart)
        }
    }

    @Test func whatFitsIsTakenFromAnotherModel() throws {
        let layout = try ParameterLayout(of: Self.network)
        let values = layout.initialValues(seed: 1)
        let other = try Safetensors([
            .init(name: "trunk.weight", shape: [3, 3], floats: .init(repeating: 7, count: 9)),
            .init(name: "trunk.bias", shape: [5], floats: .init(repeating: 7, count: 5)),
            .init(name: "foot", shape: [1], floats: [7]),
        ])
        let fit = try layout.fit(of: other)
        #expect(fit.loaded == ["trunk.weight"])
        #expect(fit.fresh.map(\.name) == ["trunk.bias", "table.weight", "mean"])
        #expect(fit.unused == ["foot"])
        #expect(
            fit.description
                == "3 of 4 tensors do not fit and begin anew: trunk.bias ([5], not [3]), table.weight, mean."
        )
        let loaded = try layout.values(from: other, where: fit, others: values)
        #expect(loaded.trained == .init(repeating: 7, count: 9) + values.trained[9...])
        #expect(loaded.fixed == values.fixed)
        let nothing = try Safetensors([.init(name: "foot", shape: [1], floats: [7])])
        #expect(throws: ModelError.self) { try layout.fit(of: nothing) }
    }

    @Test func anOwnLayerAloneHasNoNumberInFront() throws {
        struct Net: Layer {
            var fc1 = Linear(4, 3), fc2 = Linear(3, 2)
            func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor {
                let hidden = try relu(pass.apply(fc1, named: "fc1", to: x))
                return try pass.apply(fc2, named: "fc2", to: hidden)
            }
        }
        let layout = try ParameterLayout(of: Net(), inputShape: [4])
        #expect(
            layout.entries.map(\.name) == ["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"])
        // Layers inside of a layer are counted once.
        let summary = try ModelSummary(of: Sequential([Net()]), inputShape: [4])
        #expect(summary.rows.map(\.path) == ["0.fc1", "0.fc2", "0"])
        #expect(summary.parameterCount == 23)
    }

    @Test func namesOfInputsAreToldApart() throws {
        for names in [[], ["a", "a"]] as [[String]] {
            #expect(throws: ModelError.inputNames(names)) {
                try ParameterLayout(
                    of: Network(Shared(), inputs: names.map { ModelInput($0, [3]) }))
            }
        }
        #expect(throws: ModelError.unknownTensor("b", known: ["a"])) {
            try ParameterLayout(of: Network(Shared(), inputs: [ModelInput("a", [3])]))
        }
    }
}
