import NNFiles
import NNGraph
import NNModel
import YAMLFiles
import Yams

/// What a model file gives one layer, by the names of options.
struct LayerArguments {
    let kind: LayerKind
    let file: YAMLFile
    /// Where the layer stands.
    let line: Int?
    private let given: [String: Node]

    /// Understands what stands behind a layer's name: nothing, a mapping of options, or the value of the option that
    /// may stand alone.
    init(_ value: Node?, of kind: LayerKind, in file: YAMLFile, line: Int?) throws {
        self.kind = kind
        self.file = file
        self.line = line
        guard let value, value.null == nil else {
            given = [:]
            return
        }
        guard let mapping = value.mapping else {
            guard let principal = kind.principal else {
                throw file.error(
                    value.mark?.line ?? line,
                    kind.options.isEmpty
                        ? "\(kind.name) takes no value: write `- \(kind.name)`."
                        : "\(kind.name) takes options and no value: write "
                            + "`\(kind.name): {\(kind.form)}`.")
            }
            given = [principal: value]
            return
        }
        var given: [String: Node] = [:]
        for (key, value) in mapping {
            let name = key.scalar?.string ?? ""
            guard kind.options.contains(where: { $0.name == name }) else {
                let names = kind.options.map(\.name)
                throw file.error(
                    key.mark?.line ?? line,
                    "\(kind.name) has no option \(key.quoted)"
                        + (name.nearest(of: names).map {
                            "; the nearest is \($0), and all are \(names.joined(separator: ", "))."
                        } ?? ", as it has none: write `- \(kind.name)`."))
            }
            given[name] = value
        }
        self.given = given
    }

    // MARK: - Values

    /// The node of an option, if it was given.
    func node(_ name: String) -> Node? { given[name] }

    /// The node of an option that has to be given.
    func required(_ name: String) throws -> Node {
        guard let node = given[name], node.null == nil else {
            throw file.error(
                line, "\(kind.name) lacks \(name): write `\(kind.name): {\(kind.form)}`.")
        }
        return node
    }

    /// A whole number of at least 1.
    func count(_ name: String) throws -> Int {
        let node = try required(name)
        guard let text = node.scalar?.string, let number = Int(text), number >= 1 else {
            throw wrong(name, node, "a whole number of at least 1")
        }
        return number
    }

    /// A whole number of at least 1.
    func count(_ name: String, default fallback: Int) throws -> Int {
        given[name] == nil ? fallback : try count(name)
    }

    /// A number for each axis of space, or one for all.
    func axes(_ name: String) throws -> AxisNumbers {
        let node = try required(name)
        let texts =
            node.sequence.map { $0.map { $0.scalar?.string ?? "" } } ?? [node.scalar?.string ?? ""]
        let numbers = texts.compactMap { Int($0) }
        guard numbers.count == texts.count, !numbers.isEmpty else {
            throw wrong(name, node, "a whole number, or one for each axis such as [3, 5]")
        }
        return AxisNumbers(numbers)
    }

    /// A number for each axis of space, or one for all.
    func axes(_ name: String, default fallback: AxisNumbers) throws -> AxisNumbers {
        given[name] == nil ? fallback : try axes(name)
    }

    /// A number for each axis of space, or one for all; nil where a word stands for what is known otherwise.
    func axes(_ name: String, unless word: String) throws -> AxisNumbers? {
        guard let node = given[name], node.scalar?.string != word else { return nil }
        return try axes(name)
    }

    /// A finite number; nil where a word stands for none.
    func number(_ name: String, unless word: String, default fallback: Double) throws -> Double? {
        given[name]?.scalar?.string == word ? nil : try number(name, default: fallback)
    }

    /// Whether an option is left out, or is given the word that stands for that.
    func isWord(_ word: String, _ name: String) -> Bool {
        given[name].map { $0.scalar?.string == word } ?? true
    }

    /// A whole number of at least 0; nil where a word stands for none.
    func index(_ name: String, unless word: String) throws -> Int? {
        guard !isWord(word, name), let node = given[name] else { return nil }
        guard let text = node.scalar?.string, let number = Int(text), number >= 0 else {
            throw wrong(name, node, "a whole number of at least 0")
        }
        return number
    }

    /// One of a few words.
    func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, default fallback: Choice
    ) throws -> Choice where Choice.RawValue == String {
        guard let node = given[name] else { return fallback }
        guard let text = node.scalar?.string, let choice = Choice(rawValue: text) else {
            let all = Choice.allCases.map(\.rawValue)
            throw wrong(
                name, node, "one of \(all.joined(separator: ", "))",
                (node.scalar?.string ?? "").nearest(of: all))
        }
        return choice
    }

    /// How far windows reach beyond the edges: `same`, or places.
    func padding(_ name: String) throws -> SpacePadding {
        guard let node = given[name] else { return 0 }
        return node.scalar?.string == "same" ? .same : .places(try axes(name))
    }

    /// What lies beyond the edges.
    func paddingMode(_ name: String) throws -> PaddingMode {
        try choice(name, default: .zeros)
    }

    /// A whole number, which may be negative.
    func integer(_ name: String, default fallback: Int) throws -> Int {
        guard let node = given[name] else { return fallback }
        guard let text = node.scalar?.string, let number = Int(text) else {
            throw wrong(name, node, "a whole number")
        }
        return number
    }

    /// A finite number.
    func number(_ name: String, default fallback: Double) throws -> Double {
        guard let node = given[name] else { return fallback }
        guard let text = node.scalar?.string, let number = Double(text), number.isFinite else {
            throw wrong(name, node, "a number")
        }
        return number
    }

    /// `true` or `false`.
    func flag(_ name: String, default fallback: Bool) throws -> Bool {
        guard let node = given[name] else { return fallback }
        guard let isSet = node.truth else { throw wrong(name, node, "true or false") }
        return isSet
    }

    /// A name.
    func text(_ name: String) throws -> String {
        let node = try required(name)
        guard let text = node.scalar?.string else { throw wrong(name, node, "a name") }
        return text
    }

    /// How a parameter begins.
    func initializer(_ name: String, default fallback: Initializer) throws -> Initializer {
        guard let node = given[name] else { return fallback }
        guard let text = node.scalar?.string, let initializer = Initializer(text) else {
            let nearest = (node.scalar?.string ?? "").prefix { $0 != ":" }.description
                .nearest(of: Initializer.names)
            throw wrong(name, node, "one of \(Initializer.names.joined(separator: ", "))", nearest)
        }
        return initializer
    }

    /// How several tensors become one.
    func merge(_ name: String) throws -> Merge {
        let node = try required(name)
        guard let text = node.scalar?.string, let merge = Merge(text) else {
            throw wrong(name, node, "sum, product, or concatenate:AXIS with the batch as axis 0")
        }
        return merge
    }

    private func wrong(
        _ name: String, _ node: Node, _ expected: String, _ nearest: String? = nil
    ) -> YAMLFileError {
        file.error(
            node.mark?.line ?? line,
            "\(kind.name) has the \(name) \(node.quoted): give \(expected)"
                + (nearest.map { "; the nearest is \($0)." } ?? "."))
    }
}
