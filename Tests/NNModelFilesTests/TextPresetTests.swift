import Foundation
import NNGraph
import NNModel
import Testing

@testable import NNModelFiles

/// Models of language as presets and in model files.
@Suite struct TextPresetTests {
    private func network(_ specification: String) throws -> Network {
        let preset = try #require(Preset.named(specification))
        return try Network(modelFile: preset.text(specification), named: preset.name)
    }

    /// 124,439,808 is what transformers counts for `GPT2LMHeadModel(GPT2Config())`.
    @Test func gpt2HasItsParameters() throws {
        let layout = try ParameterLayout(of: network("gpt2"))
        #expect(layout.count == 124_439_808)
        #expect(layout.outputShape == [1, 1024, 50_257])
    }

    @Test func namesAndBeginningsAreGPT2s() throws {
        let layout = try ParameterLayout(
            of: network("gpt:layers=2,width=8,heads=2,context=5,vocabulary=11"))
        let block = { (place: Int) in
            [
                "ln_1.weight", "ln_1.bias", "attn.in_proj_weight", "attn.in_proj_bias",
                "attn.out_proj.weight", "attn.out_proj.bias", "ln_2.weight", "ln_2.bias",
                "mlp.c_fc.weight", "mlp.c_fc.bias", "mlp.c_proj.weight", "mlp.c_proj.bias",
            ].map { "transformer.h.\(place).\($0)" }
        }
        let names =
            ["transformer.wte.weight", "transformer.wpe.weight"] + block(0) + block(1)
            + ["transformer.ln_f.weight", "transformer.ln_f.bias"]
        #expect(layout.allEntries.map(\.name) == names)
        #expect(layout.allEntries[0].aliases == ["lm_head.weight"])
        for entry in layout.allEntries {
            let wanted: Initializer =
                if entry.name.contains("ln_") {
                    entry.name.hasSuffix("bias") ? .zeros : .ones
                } else if entry.name.hasSuffix("bias") {
                    .zeros
                } else if entry.name.contains("out_proj") || entry.name.contains("c_proj") {
                    .normal(deviation: 0.02 / 4.0.squareRoot())
                } else {
                    .normal(deviation: 0.02)
                }
            #expect(entry.initializer == wanted, "\(entry.name)")
        }
    }

    @Test func optionsAreChecked() throws {
        let preset = try #require(Preset.named("gpt"))
        #expect(try preset.context("gpt") == 256)
        #expect(try preset.context("gpt:context=64,heads=4") == 64)
        #expect(try Preset.named("mlp")?.context("mlp") == nil)
        #expect(try preset.text("gpt:dropout=0.25").contains("drop, dropout: 0.25"))
        for wrong in ["gpt:dropout=1", "gpt:dropout=x", "gpt:context=0", "gpt:heads=2,heads=3"] {
            #expect(throws: PresetError.self) { try preset.text(wrong) }
        }
        // What the data have is taken where nothing else is said.
        let text = try preset.text("gpt:context=8", fallbacks: ["context": 9, "vocabulary": 65])
        #expect(text.contains("shape: [8]") && text.contains("count: 65"))
        #expect(throws: (any Error).self) { try network("gpt:width=9,heads=2") }
    }

    @Test func modelFilesSayTheSame() throws {
        let read = try Network(
            modelFile: """
                input: {shape: [6], type: int32}
                layers:
                  - {name: wte, embedding: {count: 7, width: 8, padding: 0}}
                  - positions: 6
                  - attention: {heads: 4, key-value-heads: 2, causal: true, bias: false, rotary-base: 100}
                  - gelu: tanh
                  - gelu
                  - swiglu: 12
                  - {name: head, tied-linear: {outputs: 7, weight: wte.weight}}
                """, named: "test.yaml")
        let written = Network(
            Sequential([
                "wte": Embedding(7, 8, padding: 0), "1": LearnedPositions(6, 8),
                "2": MultiHeadAttention(
                    8, heads: 4, keyValueHeads: 2, causal: true, bias: false, rotaryBase: 100),
                "3": GELU(approximation: .tanh), "4": GELU(), "5": SwiGLU(8, hidden: 12),
                "6": TiedLinear(8, 7, sharing: "wte.weight"),
            ]), inputShape: [6], .int32)
        func json(_ network: Network) throws -> String {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            let layers = try #require(network.sequential)
            return String(decoding: try encoder.encode(NamedPart(layers)), as: UTF8.self)
        }
        let text = try json(read)
        #expect(text.replacing("\"head\"", with: "\"6\"") == (try json(written)))
        // And back.
        let part = try JSONDecoder().decode(NamedPart.self, from: Data(text.utf8)).part
        #expect(
            try json(Network(#require(part as? Sequential), inputShape: [6], .int32)) == text)
        for wrong in ["gelu: tan", "embedding: {count: 7, width: 8, padding: -1}"] {
            #expect(throws: (any Error).self) {
                try Network(
                    modelFile: "input: {shape: [6], type: int32}\nlayers: [{\(wrong)}]",
                    named: "test.yaml")
            }
        }
    }
}
