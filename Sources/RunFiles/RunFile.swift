import YAMLFiles
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
    /// What a file looks like.
    private static let form =
        "write one `flag: value` a line, as `nngpu train --print-config` does."
    /// What is asked of the command and not set for the training.
    package static let excluded: Set = ["help", "version", "print-config"]

    /// The file.
    package let file: YAMLFile

    package init(path: String) {
        file = YAMLFile(path: path, kind: "run file", form: Self.form)
    }

    /// Reads the settings in the file's order; what is false is left out.
    ///
    /// - Throws: ``YAMLFileError``.
    package func settings(of command: CommandDescription) throws -> [RunSetting] {
        let known = command.settings
        var lines: [String: Int] = [:]
        return try pairs().compactMap { key, value in
            let line = key.mark?.line
            guard let word = key.scalar?.string,
                let flag = known.first(where: { $0.isCalled(word) }), let name = flag.name
            else {
                throw error(
                    line, "\(key.quoted) is no setting; \(Self.hint(key, known.compactMap(\.name)))"
                )
            }
            if let first = lines.updateValue(line ?? 0, forKey: name) {
                throw error(line, "\(word) says what line \(first) says: keep one of them.")
            }
            guard value.null == nil else {
                throw error(line, "\(name) has no value: give one, or drop the line.")
            }
            if flag.kind == .flag {
                guard let isSet = value.truth else {
                    throw error(line, "\(name) is \(value.quoted): give true or false.")
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
                    line, "\(name) is \(value.quoted): give one value, or a list of values.")
            }
            return RunSetting(name: name, value: texts.joined(separator: ","), line: line)
        }
    }

    // MARK: - YAML

    private func pairs() throws -> [(key: Node, value: Node)] {
        guard let root = try file.root() else { return [] }
        guard let mapping = root.mapping else {
            throw error(root.mark?.line, "this is no setting: \(Self.form)")
        }
        return mapping.map { ($0.key, $0.value) }
    }

    private func error(_ line: Int?, _ problem: String) -> YAMLFileError {
        file.error(line, problem)
    }

    private static func hint(_ key: Node, _ names: some Sequence<String>) -> String {
        let word = String((key.scalar?.string ?? "").prefix(40))
        return "the nearest is \(word.nearest(of: names.sorted()) ?? ""), and "
            + "`nngpu train --help` lists all."
    }
}

extension CommandDescription {
    /// What a run file may set.
    fileprivate var settings: [Argument] {
        arguments.filter { argument in
            argument.name.map { !RunFile.excluded.contains($0) } ?? false
        }
    }
}
