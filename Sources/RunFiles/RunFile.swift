import NNFiles
import Yams

/// One flag with its value, from a run file or from the command line.
package struct RunSetting {
    /// The long name, without hyphens.
    package let name: String
    /// The value; nil for a flag that takes none.
    package let value: String?
    /// The line of the file, from 1; nil for what stands on the command line.
    package var line: Int?

    package init(name: String, value: String?, line: Int? = nil) {
        self.name = name
        self.value = value
        self.line = line
    }

    /// The setting as an argument of the command.
    package var argument: String { value.map { "--\(name)=\($0)" } ?? "--\(name)" }
}

/// A run file: YAML, of which JSON is a part, with the long names of flags as keys.
package struct RunFile {
    package let path: String

    /// The longest file that is read, in bytes.
    private static let longest = 65_536
    /// Every alias may multiply what the file says, so there may only be a few.
    private static let mostAliases = 16
    /// What a file looks like.
    fileprivate static let form =
        "write one `flag: value` a line, as `nngpu train --print-config` does."
    /// What is asked of the command and not set for the training.
    package static let excluded: Set = ["help", "version", "print-config"]

    package init(path: String) {
        self.path = path
    }

    /// Reads the settings in the file's order; what is false is left out.
    ///
    /// - Throws: ``RunFileError``.
    package func settings(of command: CommandDescription) throws -> [RunSetting] {
        let known = command.settings
        return try pairs().compactMap { key, value in
            let line = key.mark?.line
            guard let name = key.scalar?.string, let flag = known[name] else {
                throw error(line, "\(Self.quote(key)) is no setting; \(Self.hint(key, known.keys))")
            }
            guard value.null == nil else {
                throw error(line, "\(name) has no value: give one, or drop the line.")
            }
            if flag.kind == .flag {
                guard let isSet = value.isTrueOrFalse else {
                    throw error(line, "\(name) is \(Self.quote(value)): give true or false.")
                }
                return isSet ? RunSetting(name: name, value: nil, line: line) : nil
            }
            guard value.isTrueOrFalse == nil else {
                throw error(line, "\(name) is no switch: give its value (\(flag.valueName ?? "")).")
            }
            let parts = value.sequence.map(Array.init) ?? [value]
            let texts = parts.compactMap(\.scalar?.string)
            guard texts.count == parts.count else {
                throw error(
                    line, "\(name) is \(Self.quote(value)): give one value, or a list of values.")
            }
            return RunSetting(name: name, value: texts.joined(separator: ","), line: line)
        }
    }

    // MARK: - YAML

    private func pairs() throws -> [(key: Node, value: Node)] {
        let bytes: [UInt8]
        do {
            bytes = try InputFile.read(path, limit: Self.longest)
        } catch {
            throw RunFileError(description: "The run file \(error)")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw error(nil, "it is not text: give YAML or JSON in UTF-8.")
        }
        let aliases = zip(bytes, bytes.dropFirst()).count {
            $0 == UInt8(ascii: "*") && !" \t\r\n*".utf8.contains($1)
        }
        guard aliases <= Self.mostAliases else {
            throw error(
                nil, "it has more than \(Self.mostAliases) aliases (*name): write them out.")
        }
        do {
            guard let root = try compose(yaml: text) else { return [] }
            guard let mapping = root.mapping else {
                throw error(root.mark?.line, "this is no setting: \(Self.form)")
            }
            return mapping.map { ($0.key, $0.value) }
        } catch let yaml as YamlError {
            throw error(yaml.line, yaml.sentence)
        }
    }

    private func error(_ line: Int?, _ problem: String) -> RunFileError {
        RunFileError(path: path, line: line, problem: problem)
    }

    private static func hint(_ key: Node, _ names: some Sequence<String>) -> String {
        let word = String((key.scalar?.string ?? "").prefix(40))
        return "the nearest is \(word.nearest(of: names.sorted()) ?? ""), and "
            + "`nngpu train --help` lists all."
    }

    /// What a node says, kept to a line.
    private static func quote(_ node: Node) -> String {
        guard let text = node.scalar?.string else {
            return node.sequence == nil ? "a mapping" : "a nested list"
        }
        return text.excerpt
    }
}

extension CommandDescription {
    /// What a run file may set, by name.
    fileprivate var settings: [String: Argument] {
        let named = arguments.compactMap { argument in argument.name.map { ($0, argument) } }
        return Dictionary(named) { first, _ in first }
            .filter { !RunFile.excluded.contains($0.key) }
    }
}

extension Node {
    /// `true` and `false` without quotes; YAML's many other words for them are texts here.
    fileprivate var isTrueOrFalse: Bool? {
        guard let scalar, scalar.style == .plain else { return nil }
        return ["true": true, "false": false][scalar.string]
    }
}

/// What is wrong with a run file, and where.
package struct RunFileError: Error, CustomStringConvertible {
    package let description: String
}

extension RunFileError {
    package init(path: String, line: Int?, problem: String) {
        description = "\(path)\(line.map { ", line \($0)" } ?? ""): \(problem)"
    }
}

extension YamlError {
    /// The line at which reading ended, from 1.
    fileprivate var line: Int? {
        switch self {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _):
            mark.line
        case .duplicatedKeysInMapping(_, let context): context.mark.line
        default: nil
        }
    }

    /// What libyaml tells programmers at the end of a sentence.
    private static let advice = ", set with yaml_set_max_nest_level())"

    fileprivate var sentence: String {
        switch self {
        case .duplicatedKeysInMapping(let keys, _):
            "\(keys.sorted().first?.debugDescription ?? "") is given twice: keep one of them."
        case .scanner(_, let problem, _, _), .parser(_, let problem, _, _),
            .composer(_, let problem, _, _), .reader(let problem, _, _, _):
            "this is not YAML (\(problem.replacing(Self.advice, with: ""))): \(RunFile.form)"
        default: "it cannot be read as YAML: \(RunFile.form)"
        }
    }
}
