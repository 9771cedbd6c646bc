import Foundation
import NNFiles
import NNModel
import Testing

/// Weights under other names than the model's.
@Suite struct WeightNameTests {
    private func layout() throws -> ParameterLayout {
        try ParameterLayout(
            of: Network(
                Sequential([Linear(2, 2), ReLU(), Linear(2, 2)]), inputShape: [2]))
    }

    private func file(_ names: [String], metadata: [String: String] = [:]) throws -> Safetensors {
        try Safetensors(
            names.enumerated().map { index, name in
                let shape = name.hasSuffix("bias") ? [2] : [2, 2]
                return try Safetensors.Tensor(
                    name: name, shape: shape,
                    floats: [Float](repeating: Float(index), count: shape.reduce(1, *)))
            }, metadata: metadata)
    }

    private static let own = ["0.weight", "0.bias", "2.weight", "2.bias"]

    /// The numbers of 0.weight, 0.bias, 2.weight and 2.bias, of which all are equal.
    private func first(_ named: NamedWeights) throws -> [Float] {
        let values = try layout().values(from: named.file).trained
        return [0, 4, 6, 10].map { values[$0] }
    }

    @Test func namesThatFitAreLeftAsTheyAre() throws {
        let named = try layout().named(file(Self.own))
        #expect(named.remark == nil)
        #expect(try first(named) == [0, 1, 2, 3])
    }

    @Test(arguments: ["module.", "_orig_mod.module.", "a.b.c.", "0."])
    func whatAllHaveInFrontIsLeftOut(prefix: String) throws {
        let named = try layout().named(file(Self.own.map { prefix + $0 }))
        #expect(named.remark == "\"\(prefix)\" in front of all names is left out")
        #expect(try first(named) == [0, 1, 2, 3])
    }

    /// By their numbers, not by the order in which they stand in the file or in the alphabet.
    @Test(arguments: [
        ["fc10.weight", "fc10.bias", "fc9.weight", "fc9.bias"],
        ["layer_2.weight", "layer_2.bias", "layer_1.weight", "layer_1.bias"],
        [
            "block.7.linear.weight", "block.7.linear.bias", "block.3.linear.weight",
            "block.3.linear.bias",
        ],
    ])
    func countedLayersAreTakenInTheirOrder(names: [String]) throws {
        let named = try layout().named(file(names))
        #expect(named.remark?.contains("in their order") == true)
        #expect(try first(named) == [2, 3, 0, 1])
    }

    @Test(arguments: [
        // Nothing says which comes first.
        ["hidden.weight", "hidden.bias", "output.weight", "output.bias"],
        ["fc1.weight", "fc1.bias", "head2.weight", "head2.bias"],
        // One too few, one too many.
        ["1.weight", "1.bias", "3.weight"],
        ["1.weight", "1.bias", "3.weight", "3.bias", "5.weight"],
        ["1.weight", "1.bias", "3.weight", "3.scale"],
    ])
    func othersAreNotGuessed(names: [String]) throws {
        let named = try layout().named(file(names))
        #expect(named.remark == nil)
        #expect(throws: ModelError.self) { try layout().values(from: named.file) }
    }

    @Test func aPrefixThatDoesNotHelpIsNamed() throws {
        let error = #expect(throws: ModelError.self) {
            try layout().named(file(["module.0.weight", "module.0.bias"]))
        }
        #expect(error?.description.contains("\"module.\" in front") == true)
        #expect(error?.description.contains("0.weight, 0.bias, 2.weight, 2.bias") == true)
    }

    @Test func whatIsWrongWithTheShapesIsSaidAsSuch() throws {
        let single = try ParameterLayout(of: Network(Linear(3, 2), inputShape: [3]))
        let names = ["weight", "bias"]
        #expect(
            throws: ModelError.parameterShape(name: "weight", expected: [2, 3], found: [2, 2])
        ) { try single.values(from: single.named(file(names)).file) }
        let sequence = try ParameterLayout(
            of: Network(Sequential([Linear(3, 2)]), inputShape: [3]))
        #expect(
            throws: ModelError.parameterShape(name: "0.weight", expected: [2, 3], found: [2, 2])
        ) { try sequence.values(from: sequence.named(file(["0.weight", "0.bias"])).file) }
    }

    @Test func aPartFitsUnderItsPrefixToo() throws {
        let named = try layout().named(
            file(["net.0.weight", "net.0.bias", "net.9.weight"]), partially: true)
        #expect(named.remark?.contains("\"net.\"") == true)
        let fit = try layout().fit(of: named.file)
        #expect(fit.loaded == ["0.weight", "0.bias"] && fit.unused == ["9.weight"])
        #expect(throws: ModelError.self) {
            try layout().named(file(["a.weight", "b.weight"]), partially: true)
                .file.dropping(prefix: "a.").map { try layout().fit(of: $0) }
        }
    }

    /// Names for other names, as safetensors' `save_model` writes them.
    @Test(arguments: ["", "module."])
    func namesForNamesStandForTheSameNumbers(prefix: String) throws {
        let names = ["0.weight", "0.bias", "2.bias"].map { prefix + $0 }
        let named = try layout().named(
            file(names, metadata: ["\(prefix)2.weight": "\(prefix)0.weight", "format": "pt"]))
        #expect(try first(named) == [0, 1, 0, 2])
        #expect(named.file.metadata["format"] == "pt")
        // They count among the layers.
        let counted = try file(
            ["1.weight", "1.bias", "3.bias"], metadata: ["3.weight": "1.weight", "format": "pt"])
        #expect(try first(layout().named(counted)) == [0, 1, 0, 2])
    }

    /// A count of batches is one whole number, and belongs to no layer here.
    @Test func countsOfBatchesArePassedOver() throws {
        func with(_ counter: Safetensors.Tensor) throws -> NamedWeights {
            try layout().named(Safetensors(file(Self.own).tensors + [counter]))
        }
        let counter = try Safetensors.Tensor(
            name: "1.num_batches_tracked", shape: [], elementType: .int64, bytes: Data(count: 8))
        #expect(try first(with(counter)) == [0, 1, 2, 3])
        let other = try Safetensors.Tensor(
            name: "1.num_batches_tracked", shape: [1], floats: [1])
        #expect(throws: ModelError.self) { try layout().values(from: with(other).file) }
    }
}
