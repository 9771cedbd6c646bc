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

        init(_ name: String, _ fallback: Int) {
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
    struct Values {
        let texts: [String: String]

        /// A number that was chosen.
        func count(_ name: String) -> Int { Int(texts[name] ?? "") ?? 1 }
        /// A word that was chosen, as a list of layers has it.
        func word(_ name: String) -> String { (texts[name] ?? "").replacing(":", with: ": ") }
    }

    /// What every preset lets choose: the features that go in, and the numbers that come out.
    private static let ends = [Option("inputs", 784), Option("outputs", 10)]
    private static let activation = Option("activation", .relu)

    /// Whether it takes images.
    private let takesImages: Bool
    /// The name of the layer that gives the outputs; nil for its place.
    private let lastName: String?

    private init(
        _ name: String, _ summary: String, _ options: [Option] = [],
        layers: @escaping @Sendable (Values) -> [String]
    ) {
        self.init(name, summary, Self.ends + options, isOfImages: false, layers: layers)
    }

    /// A preset for images of a size, with so many numbers that come out, all of which may be chosen.
    init(
        _ name: String, _ summary: String, ofImages shape: [Int], outputs: Int = 10,
        _ options: [Option] = [], lastName: String? = nil,
        layers: @escaping @Sendable (Values) -> [String]
    ) {
        let sizes = zip(["channels", "height", "width"], shape).map { Option($0, $1) }
        self.init(
            name, summary, sizes + [Option("outputs", outputs)] + options, isOfImages: true,
            lastName: lastName, layers: layers)
    }

    private init(
        _ name: String, _ summary: String, _ options: [Option], isOfImages: Bool,
        lastName: String? = nil, layers: @escaping @Sendable (Values) -> [String]
    ) {
        self.name = name
        self.summary = summary
        self.options = options
        takesImages = isOfImages
        self.lastName = lastName
        self.layers = layers
    }

    /// All presets, in the order in which they are listed.
    package static let all: [Preset] =
        [
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
        ] + images

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
        let outputs = values.count("outputs")
        let heading = options.map { "\($0.name)=\(texts[$0.name] ?? "")" }.joined(separator: ",")
        let lines =
            [
                "# \(name):\(heading)",
                "input: \(takesImages ? image(values) : "\(values.count("inputs"))")", "layers:",
            ]
            + (layers(values) + [
                lastName.map { "- {name: \($0), linear: \(outputs)}" } ?? "- linear: \(outputs)"
            ]).map { "  " + $0 }
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
