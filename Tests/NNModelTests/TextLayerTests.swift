import NNGraph
import NNReference
import Testing

@testable import NNModel

/// Layers for tokens.
@Suite struct TextLayerTests {
    /// `torch.nn.Embedding(3, 2, padding_idx=0)` of 0, 1, 1: the gradient of the sum has the rows 0, 2, 0, and the first
    /// row begins with zeros.
    @Test func paddingIsNotTrained() throws {
        let pass = try ForwardPass()
        let y = try Embedding(3, 2, padding: 0)(.input("x", [1, 3], .int32), in: pass)
        let table = pass.parameters[0]
        let values = table.initializer.values(shape: [3, 2], fan: table.fan, seed: 3, stream: 0)
        #expect(values[..<2] == [0, 0])
        #expect(
            values[2...]
                == Initializer.normal(deviation: 1).values(
                    shape: [3, 2], fan: table.fan, seed: 3, stream: 0)[2...])
        let gradient = try gradients(of: y.sum(), withRespectTo: [table.tensor])[0]
        let backend = ReferenceBackend<Float>()
        let executable = try backend.compile(Graph(outputs: ["y": y, "gradient": gradient]))
        try backend.write([5, 6, 1, 2, 3, 4] as [Float], to: executable.buffer(named: "weight"))
        try backend.write([0, 1, 1] as [Int32], to: executable.buffer(named: "x"))
        try executable.run()
        #expect(try backend.readFloats(executable.buffer(named: "y")) == [5, 6, 1, 2, 1, 2])
        #expect(
            try backend.readFloats(executable.buffer(named: "gradient")) == [0, 0, 2, 2, 0, 0])
        #expect(throws: ModelError.self) {
            try Embedding(3, 2, padding: 3)(.input("x", [1, 3], .int32), in: ForwardPass())
        }
    }

    @Test func initializersAreTheirText() {
        for initializer in [
            Initializer.zeroRow(2, .normal(deviation: 0.5)), .zeroRow(0, .standard),
        ] {
            #expect(Initializer("\(initializer)") == initializer)
        }
        for text in ["zero-row", "zero-row:1", "zero-row:x:ones", "zero-row:1:twos"] {
            #expect(Initializer(text) == nil)
        }
    }

    /// One parameter with two names, which a gradient reaches by both ways.
    @Test func theHeadSharesTheTable() throws {
        let model = Sequential([
            "wte": Embedding(5, 3), "act": Tanh(), "head": TiedLinear(3, 5, sharing: "wte.weight"),
        ])
        let layout = try ParameterLayout(of: Network(model, inputShape: [4], .int32))
        #expect(layout.allEntries.map(\.names) == [["wte.weight", "head.weight"]])
        #expect(layout.count == 15)
        #expect(layout.outputShape == [1, 4, 5])
        func build(_ head: TiedLinear) throws {
            _ = try ParameterLayout(
                of: Network(
                    Sequential(["wte": Embedding(5, 3), "head": head]), inputShape: [4], .int32))
        }
        #expect(
            throws: ModelError.unknownTie(
                layer: "head", name: "wpe.weight", known: ["wte.weight"])
        ) { try build(TiedLinear(3, 5, sharing: "wpe.weight")) }
        #expect(
            throws: ModelError.parameterShared(name: "wte.weight", first: [5, 3], second: [6, 3])
        ) { try build(TiedLinear(3, 6, sharing: "wte.weight")) }
    }

    /// PyTorch's `MultiheadAttention(6, 2).state_dict()` has these names, shapes and beginnings.
    @Test func namesAndShapesArePyTorchs() throws {
        let layout = try ParameterLayout(
            of: Network(Sequential([MultiHeadAttention(6, heads: 2)]), inputShape: [4, 6]))
        #expect(
            layout.allEntries.map(\.name) == [
                "0.in_proj_weight", "0.in_proj_bias", "0.out_proj.weight", "0.out_proj.bias",
            ])
        #expect(layout.allEntries.map(\.shape) == [[18, 6], [18], [6, 6], [6]])
        #expect(
            layout.allEntries.map(\.initializer) == [.glorotUniform, .zeros, .standard, .zeros])
        #expect(layout.allEntries[0].fan == Fan(input: 6, output: 18))
    }
}
