import ArgumentParser
import RunFiles
import YAMLFiles
import Yams

/// The settings of `nngpu train` from a run file and, where they say otherwise, from the command line.
struct RunSettings {
    /// Flags of which a training takes one: that on the line takes the place of the other in the file.
    private static let alternatives = [
        ("epochs", "steps"), ("model", "hidden"), ("model", "activation"), ("model", "dropout"),
        ("verify-resume", "checkpoint"), ("verify-resume", "every"), ("verify-resume", "resume"),
    ]

    private let command: CommandDescription
    private let file: RunFile?
    private let settings: [RunSetting]
    /// What the line goes on with after something that only ArgumentParser can explain.
    private let rest: [String]

    /// Understands what follows `nngpu train`, and reads the run file in it.
    ///
    /// - Throws: ``YAMLFileError``.
    init(_ arguments: some Sequence<String>) throws {
        command = try CommandDescription(of: Train.self)
        var file: RunFile?
        var line: [RunSetting] = []
        var rest = Array(arguments)[...]
        while let argument = rest.first {
            if !argument.hasPrefix("-"), file == nil {
                file = RunFile(path: argument)
                rest.removeFirst()
            } else if let (setting, count) = Self.setting(at: rest, of: command) {
                line.append(setting)
                rest.removeFirst(count)
            } else {
                break
            }
        }
        let unread = rest.map { String($0.drop { $0 == "-" }.prefix { $0 != "=" }) }
        let given = Set(line.map(\.name) + unread)
        let filed = try file?.settings(of: command).filter { setting in
            !given.contains(setting.name)
                && !Self.alternatives.contains {
                    $0 == setting.name && given.contains($1)
                        || $1 == setting.name && given.contains($0)
                }
        }
        self.file = file
        self.rest = Array(rest)
        settings = (filed ?? []) + line
    }

    /// The setting that a line goes on with, and the number of arguments that it takes.
    private static func setting(
        at rest: ArraySlice<String>, of command: CommandDescription
    ) -> (RunSetting, count: Int)? {
        guard let first = rest.first, first.hasPrefix("--") else { return nil }
        let parts = first.dropFirst(2).split(
            separator: "=", maxSplits: 1, omittingEmptySubsequences: false
        ).map(String.init)
        guard let flag = command.arguments.first(where: { $0.isCalled(parts[0]) }),
            let name = flag.name
        else { return nil }
        switch (flag.kind, parts.count) {
        case (.flag, 1): return (RunSetting(name: name, value: nil), 1)
        case (.option, 2): return (RunSetting(name: name, value: parts[1]), 1)
        case (.option, 1):
            guard let next = rest.dropFirst().first, next == "-" || !next.hasPrefix("-")
            else { return nil }
            return (RunSetting(name: name, value: next), 2)
        default: return nil
        }
    }

    /// The command that the settings make.
    func parse() throws -> any ParsableCommand {
        do {
            return try NNGPUCommand.parseAsRoot(["train"] + settings.map(\.argument) + rest)
        } catch {
            throw placed(error)
        }
    }

    /// The error with its place in the file, if it is about a setting of the file.
    private func placed(_ error: any Error) -> any Error {
        guard let file, NNGPUCommand.exitCode(for: error) == .validationFailure else {
            return error
        }
        let sentence = Failure.usageSentence(of: error)
        let words = Set(sentence.split { !$0.isLetter && !$0.isNumber && $0 != "-" })
        let culprit = settings.first { $0.line != nil && words.contains("--\($0.name)") }
        guard let culprit else { return error }
        return file.file.error(culprit.line, sentence)
    }

    // MARK: - As a run file

    /// The settings with their defaults as a run file; those without either are in comments.
    func yaml() throws -> String {
        let lines = try command.arguments.compactMap { argument -> String? in
            guard let name = argument.name, !RunFile.excluded.contains(name) else { return nil }
            if let setting = settings.last(where: { $0.name == name }) {
                return try Self.line(name, setting.value)
            }
            guard let value = argument.defaultValue else {
                return "# \(name): \(argument.abstract ?? "")"
            }
            return try Self.line(name, value)
        }
        return "# nngpu \(NNGPUCommand.configuration.version): nngpu train FILE\n"
            + lines.joined(separator: "\n")
    }

    private static func line(_ name: String, _ value: String?) throws -> String {
        guard let value else { return "\(name): true" }
        // Without quotes these would be something else than texts.
        let plain = Node(value, .implicit, .plain)
        let needsQuotes = plain.null != nil || plain.isTrueOrFalse != nil
        let node = Node(value, .implicit, needsQuotes ? .singleQuoted : .any)
        let line = try serialize(
            node: Node([(Node(name), node)]), width: -1, allowUnicode: true)
        return String(line.dropLast())
    }
}
