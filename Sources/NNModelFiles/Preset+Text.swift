// Presets that take tokens.
extension Preset {
    static let text: [Preset] = [
        Preset(
            "gpt", "GPT-2's transformer (Radford et al., 2019) of any size, for text",
            ofTokens: (context: 256, vocabulary: 256), layers: 6, width: 192, heads: 6),
        Preset(
            "gpt2", "GPT-2 with 124 million parameters",
            ofTokens: (context: 1024, vocabulary: 50_257), layers: 12, width: 768, heads: 12),
    ]

    private init(
        _ name: String, _ summary: String, ofTokens sizes: (context: Int, vocabulary: Int),
        layers: Int, width: Int, heads: Int
    ) {
        let options = [
            Option("layers", layers), Option("width", width), Option("heads", heads),
            Option(Self.contextName, sizes.context), Option(Self.vocabularyName, sizes.vocabulary),
            Option("dropout", share: 0),
        ]
        self.init(name, summary, ofTokens: options) { chosen in
            let (layers, context) = (chosen.count("layers"), chosen.count(Self.contextName))
            let (width, vocabulary) = (chosen.count("width"), chosen.count(Self.vocabularyName))
            let rate = chosen.word("dropout")
            // What each block adds begins the smaller, the more blocks there are (Radford et al., 2019).
            let deviation = 0.02 / (2 * Double(layers)).squareRoot()
            let block =
                "- gpt2-block: {heads: \(chosen.count("heads")), dropout: \(rate), "
                + "initializer: normal:0.02, output-initializer: normal:\(deviation)}"
            return [
                "- name: transformer", "  sequential:",
                "    - {name: wte, embedding: {count: \(vocabulary), width: \(width), "
                    + "initializer: normal:0.02}}",
                "    - {name: wpe, positions: {count: \(context), initializer: normal:0.02}}",
                "    - {name: drop, dropout: \(rate)}", "    - name: h", "      sequential:",
            ] + Array(repeating: "        " + block, count: layers) + [
                "    - {name: ln_f, layernorm: }",
                "- {name: lm_head, tied-linear: {outputs: \(vocabulary), "
                    + "weight: transformer.wte.weight}}",
            ]
        }
    }
}
