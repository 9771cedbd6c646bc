import NNFiles
import NNModel
import YAMLFiles

/// A model file that comes along, with numbers to choose.
package struct Preset: Sendable {
    /// What may be chosen.
    package struct Option: Sendable {
        package let name: String
        package let fallback: String
        /// Whether it is an activation, and no number.
        fileprivate let isActivation: Bool

        fileprivate init(_ name: String, _ fallback: Int) {
            (self.name, self.fallback, isActivation) = (name, String(fallback), false)
        }

        fileprivate init(_ name: String, _ fallback: Activation) {
            (self.name, self.fallback, isActivation) = (name, "\(fallback)", true)
        }
    }

    package let name: String
    package let summary: String
    package let options: [Option]
    private let layers: @Sendable (Values) -> [String]

    /// What was chosen, checked.
    fileprivate struct Values {
        let texts: [String: String]

        /// A number that was chosen.
        func count(_ name: String) -> Int { Int(texts[name] ?? "") ?? 1 }
        /// A word that was chosen, as a list of layers has it.
        func word(_ name: String) -> String { (texts[name] ?? "").replacing(":", with: ": ") }
    }

    /// What every preset lets choose: the features that go in, and the numbers that come out.
    private static let ends = [Option("inputs", 784), Option("outputs", 10)]
    private static let activation = Option("activation", .relu)

    /// What a preset for images lets choose: their size, and the numbers that come out.
    private static let imageEnds = [
        Option("channels", 1), Option("height", 28), Option("width", 28), Option("outputs", 10),
    ]
    /// Whether it takes images.
    private let takesImages: Bool

    private init(
        _ name: String, _ summary: String, ofImages takesImages: Bool = false,
        _ options: [Option] = [], layers: @escaping @Sendable (Values) -> [String]
    ) {
        self.name = name
        self.summary = summary
        self.takesImages = takesImages
        self.options = (takesImages ? Self.imageEnds : Self.ends) + options
        self.layers = layers
    }

    /// All presets, in the order in which they are listed.
    package static let all: [Preset] = [
        Preset("linear", "a single affine map: linear or softmax regression") { _ in [] },
        Preset(
            "mlp", "a multilayer perceptron",
            [Option("layers", 2), Option("width", 512), activation]
        ) { chosen in
            (0..<chosen.count("layers")).flatMap { _ in
                ["- linear: \(chosen.count("width"))", "- \(chosen.word("activation"))"]
            }
        },
        Preset(
            "residual-mlp", "a perceptron of residual blocks with layer normalization in front",
            [Option("blocks", 8), Option("width", 256), activation]
        ) { chosen in
            let width = chosen.count("width")
            let block = [
                "- residual:", "    - layernorm", "    - linear: \(width)",
                "    - \(chosen.word("activation"))", "    - linear: \(width)",
            ]
            return ["- linear: \(width)"]
                + (0..<chosen.count("blocks")).flatMap { _ in block } + ["- layernorm"]
        },
        Preset("lenet", "LeNet-5 (LeCun et al., 1998), for images", ofImages: true) { _ in
            [
                "- conv2d: {channels: 6, kernel: 5, padding: 2}", "- tanh", "- avgpool2d: 2",
                "- conv2d: {channels: 16, kernel: 5}", "- tanh", "- avgpool2d: 2", "- flatten",
                "- linear: 120", "- tanh", "- linear: 84", "- tanh",
            ]
        },
        Preset("cnn", "three convolutions and a hidden layer, for images", ofImages: true) { _ in
            func convolution(_ channels: Int) -> [String] {
                ["- conv2d: {channels: \(channels), kernel: 3, padding: same}", "- relu"]
            }
            return convolution(32) + convolution(64) + ["- maxpool2d: 2"] + convolution(64)
                + ["- maxpool2d: 2", "- flatten", "- linear: 128", "- relu"]
        },
        Preset(
            "resnet20", "a residual network of 20 layers (He et al., 2015), for small images",
            ofImages: true
        ) {
            _ in residualNetwork(blocks: 3, widths: [16, 32, 64])
        },
    ]

    /// Three groups of residual blocks of two convolutions each, the later ones on half the width and height.
    private static func residualNetwork(blocks: Int, widths: [Int]) -> [String] {
        func convolution(_ channels: Int, kernel: Int = 3, stride: Int = 1) -> String {
            "- conv2d: {channels: \(channels), kernel: \(kernel), stride: \(stride), padding: \(kernel / 2), "
                + "bias: false}"
        }
        func block(_ channels: Int, stride: Int) -> [String] {
            let layers = [
                convolution(channels, stride: stride), "- batchnorm", "- relu",
                convolution(channels),
                "- batchnorm",
            ]
            let shortcut = [convolution(channels, kernel: 1, stride: stride), "- batchnorm"]
            return ["- residual:", "    layers:"] + layers.map { "      " + $0 }
                + (stride == 1 ? [] : ["    downsample:"] + shortcut.map { "      " + $0 }) + [
                    "- relu"
                ]
        }
        let start = [convolution(widths[0]), "- batchnorm", "- relu"]
        return start
            + widths.enumerated().flatMap { group, width in
                (0..<blocks).flatMap { block(width, stride: group > 0 && $0 == 0 ? 2 : 1) }
            } + ["- adaptiveavgpool2d", "- flatten"]
    }

    private func image(_ values: Values) -> String {
        "\(["channels", "height", "width"].map(values.count))"
    }

    // MARK: - By its name

    /// The preset that a specification such as `mlp:layers=3,width=256` names, if it names one.
    package static func named(_ specification: String) -> Preset? {
        let name = specification.prefix { $0 != ":" }
        return all.first { $0.name == name }
    }

    /// The text of the model file.
    ///
    /// - Parameters:
    ///   - specification: The preset's name, and what is chosen: `mlp:layers=3,width=256`.
    ///   - fallbacks: What is chosen where the specification says nothing, such as the features of the data.
    /// - Returns: YAML.
    /// - Throws: ``PresetError``.
    package func text(_ specification: String, fallbacks: [String: Int] = [:]) throws -> String {
        var texts = Dictionary(uniqueKeysWithValues: options.map { ($0.name, $0.fallback) })
        for (name, value) in fallbacks where texts[name] != nil { texts[name] = String(value) }
        let chosen = specification.dropFirst(name.count + 1)
        var seen: Set<String> = []
        for part in chosen.split(separator: ",", omittingEmptySubsequences: false)
        where !chosen.isEmpty {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let option = String(pair[0])
            guard let known = options.first(where: { $0.name == option }) else {
                let names = options.map(\.name)
                throw PresetError(
                    "The preset \(name) has no \(option.excerpt); the nearest is "
                        + "\(option.prefix(40).description.nearest(of: names) ?? ""), and all are "
                        + "\(names.joined(separator: ", ")).")
            }
            guard seen.insert(option).inserted else {
                throw PresetError("The preset \(name) is given \(option) twice: keep one.")
            }
            let value = pair.count == 2 ? String(pair[1]) : ""
            if known.isActivation {
                let choices = Activation.allCases.map(\.name)
                guard Activation(value) != nil else {
                    throw PresetError(
                        "The preset \(name) has the \(option) \(value.excerpt): choose one of "
                            + "\(choices.joined(separator: ", "))"
                            + (value.nearest(of: choices).map { "; the nearest is \($0)." } ?? "."))
                }
            } else {
                let limit = option == "layers" || option == "blocks" ? 1000 : Int(Int32.max)
                guard let number = Int(value), (1...limit).contains(number) else {
                    throw PresetError(
                        "The preset \(name) has the \(option) \(value.excerpt): choose a whole number from "
                            + "1 to \(limit), as in \(name):\(option)=\(known.fallback).")
                }
            }
            texts[option] = value
        }
        let values = Values(texts: texts)
        let heading = options.map { "\($0.name)=\(texts[$0.name] ?? "")" }.joined(separator: ",")
        let lines =
            [
                "# \(name):\(heading)",
                "input: \(takesImages ? image(values) : "\(values.count("inputs"))")", "layers:",
            ]
            + (layers(values) + ["- linear: \(values.count("outputs"))"]).map { "  " + $0 }
        return lines.joined(separator: "\n") + "\n"
    }
}

/// A preset that cannot be made as it was asked for.
package struct PresetError: Error, CustomStringConvertible {
    /// One sentence: what is wrong, and what to do.
    package let description: String

    fileprivate init(_ description: String) {
        self.description = description
    }
}
