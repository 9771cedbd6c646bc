import ArgumentParser
import NNFiles
import NNGPU

/// A loss as `--loss` says it: a name, and after a colon options, which have the meaning of PyTorch's.
///
///     softmax-cross-entropy:label-smoothing=0.1,class-weights=1/2/0.5
struct LossOption {
    let loss: any Loss

    static let help = ArgumentHelp(
        "What training makes small (default: softmax-cross-entropy for labels, else mse): "
            + LossName.allCases.map { name in
                name.rawValue
                    + (options(of: name).isEmpty
                        ? "" : "[:" + options(of: name).joined(separator: ",") + "]")
            }.joined(separator: ", ") + ".", valueName: "loss")

    static let completion = CompletionKind.list(LossName.allCases.map(\.rawValue))

    /// What options there are, with how each is written.
    private static func options(of name: LossName) -> [String] {
        switch name {
        case .crossEntropy:
            ["label-smoothing=0.1", "class-weights=1/2/…", "ignore-label=-100", "soft-targets"]
        case .binaryCrossEntropy: ["positive-weights=1/2/…"]
        case .huber: ["delta=1"]
        case .meanSquaredError, .meanAbsoluteError: []
        }
    }

    /// Reads what `--loss` was given.
    ///
    /// - Throws: `ValidationError` that says what is wrong and what there is.
    init(parsing text: String) throws {
        let (head, tail) = text.divided(at: ":")
        guard let name = LossName(rawValue: head) else {
            let names = LossName.allCases.map { "'\($0.rawValue)'" }
            throw ValidationError(
                "there is no loss '\(head.printable)': use one of \(names.joined(separator: ", "))."
            )
        }
        let options = try Options(tail, of: name, known: Self.options(of: name))
        switch name {
        case .crossEntropy:
            let label = try options["ignore-label"].map { text in
                guard let label = Int32(text) else {
                    throw options.error("ignore-label", "a whole number")
                }
                return Int(label)
            }
            loss = CrossEntropy(
                labelSmoothing: try options.numbers("label-smoothing", single: true)?[0] ?? 0,
                classWeights: try options.numbers("class-weights"), ignoredLabel: label,
                softTargets: options["soft-targets"] != nil)
        case .binaryCrossEntropy:
            loss = BinaryCrossEntropy(
                positiveWeight: try options.numbers("positive-weights") ?? [1])
        case .huber: loss = Huber(delta: try options.numbers("delta", single: true)?[0] ?? 1)
        case .meanSquaredError, .meanAbsoluteError: loss = name.loss
        }
    }

    /// What was given for each option.
    private struct Options {
        private let name: LossName
        private var values: [String: String] = [:]

        init(_ text: String?, of name: LossName, known: [String]) throws {
            self.name = name
            guard let text else { return }
            let keys = known.map { $0.divided(at: "=") }
            for part in text.split(separator: ",", omittingEmptySubsequences: false) {
                let (key, value) = String(part).divided(at: "=")
                guard let option = keys.first(where: { $0.head == key }) else {
                    throw ValidationError(
                        "\(name.rawValue) has no option '\(key.printable)': "
                            + (known.isEmpty
                                ? "it has none." : "it has \(known.joined(separator: ", "))."))
                }
                guard (value == nil) == (option.tail == nil), values[key] == nil else {
                    throw ValidationError(
                        "\(name.rawValue): give '\(key)' once"
                            + (option.tail.map { ", as \(key)=\($0)." } ?? ", without a value."))
                }
                values[key] = value ?? ""
            }
        }

        subscript(key: String) -> String? { values[key] }

        func error(_ key: String, _ expected: String) -> ValidationError {
            ValidationError(
                "\(name.rawValue): '\(key)' is '\((values[key] ?? "").printable)', "
                    + "not \(expected).")
        }

        /// Numbers separated by slashes.
        func numbers(_ key: String, single: Bool = false) throws -> [Double]? {
            try values[key].map { text in
                let parts = text.split(separator: "/", omittingEmptySubsequences: false)
                let numbers = parts.compactMap { Double($0) }.filter(\.isFinite)
                guard numbers.count == parts.count, !single || numbers.count == 1 else {
                    throw error(key, single ? "a number" : "numbers separated by slashes")
                }
                return numbers
            }
        }
    }
}

extension String {
    /// What is before the first separator, and what is after it if there is one.
    fileprivate func divided(at separator: Character) -> (head: String, tail: String?) {
        let parts = split(separator: separator, maxSplits: 1, omittingEmptySubsequences: false)
        return (String(parts[0]), parts.count > 1 ? String(parts[1]) : nil)
    }
}
