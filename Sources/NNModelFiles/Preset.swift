import NNFiles
import NNModel
import YAMLFiles

/// A model file that comes along, with numbers to choose.
package struct Preset: Sendable {
    /// What may be chosen.
    package struct Option: Sendable {
        /// What its values are.
        fileprivate enum Kind { case count, share, activation }

        package let name: String
        package let fallback: String
        fileprivate let kind: Kind

        init(_ name: String, _ fallback: Int) {
            (self.name, self.fallback, kind) = (name, String(fallback), .count)
        }

        init(_ name: String, share fallback: Double) {
            (self.name, self.fallback, kind) = (name, "\(fallback)", .share)
        }

        fileprivate init(_ name: String, _ fallback: Activation) {
            (self.name, self.fallback, kind) = (name, "\(fallback)", .activation)
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

    /// The option for the longest sequence of tokens.
    static let contextName = "context"
    /// The option for the number of tokens there are.
    static let vocabularyName = "vocabulary"

    /// What it takes.
    private enum Samples { case rows, images, tokens }
    private let samples: Samples
    /// The name of the layer that gives the outputs; nil for its place.
    private let lastName: String?

    private init(
        _ name: String, _ summary: String, _ options: [Option] = [],
        layers: @escaping @Sendable (Values) -> [String]
    ) {
        self.init(name, summary, Self.ends + options, .rows, layers: layers)
    }

    /// A preset for images of a size, with so many numbers that come out, all of which may be chosen.
    init(
        _ name: String, _ summary: String, ofImages shape: [Int], outputs: Int = 10,
        _ options: [Option] = [], lastName: String? = nil,
        layers: @escaping @Sendable (Values) -> [String]
    ) {
        let sizes = zip(["channels", "height", "width"], shape).map { Option($0, $1) }
        self.init(
            name, summary, sizes + [Option("outputs", outputs)] + options, .images,
            lastName: lastName, layers: layers)
    }

    /// A preset for tokens whose list of layers has the last one as well.
    init(
        _ name: String, _ summary: String, ofTokens options: [Option],
        layers: @escaping @Sendable (Values) -> [String]
    ) {
        self.init(name, summary, options, .tokens, layers: layers)
    }

    private init(
        _ name: String, _ summary: String, _ options: [Option], _ samples: Samples,
        lastName: String? = nil, layers: @escaping @Sendable (Values) -> [String]
    ) {
        self.name = name
        self.summary = summary
        self.options = options
        self.samples = samples
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
        ] + images + text

    /// What a model file says of the input.
    private func input(_ values: Values) -> String {
        switch samples {
        case .rows: "\(values.count("inputs"))"
        case .images: "\(["channels", "height", "width"].map(values.count))"
        case .tokens: "{shape: [\(values.count(Self.contextName))], type: int32}"
        }
    }

    /// The layer that gives the outputs, where the preset's own list leaves it out.
    private func lastLayer(_ values: Values) -> [String] {
        guard samples != .tokens else { return [] }
        let outputs = values.count("outputs")
        return [lastName.map { "- {name: \($0), linear: \(outputs)}" } ?? "- linear: \(outputs)"]
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
        texts.merge(try chosen(in: specification)) { $1 }
        let heading = options.map { "\($0.name)=\(texts[$0.name] ?? "")" }.joined(separator: ",")
        let values = Values(texts: texts)
        let lines =
            ["# \(name):\(heading)", "input: \(input(values))", "layers:"]
            + (layers(values) + lastLayer(values)).map { "  " + $0 }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The longest sequence of tokens that a specification asks for, or would have; nil for a preset of something else.
    ///
    /// - Throws: ``PresetError``.
    package func context(_ specification: String) throws -> Int? {
        guard samples == .tokens else { return nil }
        let given = try chosen(in: specification)[Self.contextName]
        return Int(given ?? options.first { $0.name == Self.contextName }?.fallback ?? "")
    }

    /// What a specification says, by the names of options.
    private func chosen(in specification: String) throws -> [String: String] {
        let chosen = specification.dropFirst(name.count + 1)
        var texts: [String: String] = [:]
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
            guard texts[option] == nil else {
                throw PresetError("The preset \(name) is given \(option) twice: keep one.")
            }
            let value = pair.count == 2 ? String(pair[1]) : ""
            switch known.kind {
            case .activation:
                let choices = Activation.allCases.map(\.name)
                guard Activation(value) != nil else {
                    throw PresetError(
                        "The preset \(name) has the \(option) \(value.excerpt): choose one of "
                            + "\(choices.joined(separator: ", "))"
                            + (value.nearest(of: choices).map { "; the nearest is \($0)." } ?? "."))
                }
            case .share:
                guard let share = Double(value), (0..<1).contains(share) else {
                    throw PresetError(
                        "The preset \(name) has the \(option) \(value.excerpt): choose a number from 0 up to but "
                            + "not including 1, as in \(name):\(option)=0.1.")
                }
            case .count:
                let limit = option == "layers" || option == "blocks" ? 1000 : Int(Int32.max)
                guard let number = Int(value), (1...limit).contains(number) else {
                    throw PresetError(
                        "The preset \(name) has the \(option) \(value.excerpt): choose a whole number from "
                            + "1 to \(limit), as in \(name):\(option)=\(known.fallback).")
                }
            }
            texts[option] = value
        }
        return texts
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
