import ArgumentParser
import Foundation
import RunFiles

/// `nngpu manual`, from which `make install` has the manual page.
struct Manual: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prints the manual page.", shouldDisplay: false)

    func run() throws {
        let day = Date.now.formatted(.iso8601.year().month().day())
        let version = NNGPUCommand.configuration.version
        try Console.print(
            ".TH NNGPU 1 \(day) \"nngpu \(version)\"\n"
                + ManualPage(of: try CommandDescription(of: NNGPUCommand.self)).text)
    }
}

/// A tool's help as a manual page, in the macros of man(7).
struct ManualPage {
    private let lines: [String]

    var text: String { lines.joined(separator: "\n") }

    init(of tool: CommandDescription) {
        let name = tool.commandName
        let commands = tool.subcommands.filter { $0.shouldDisplay && $0.commandName != "help" }
        lines =
            [".SH NAME", "\(name) \\- \(Self.escaped(tool.summary))"]
            + [".SH SYNOPSIS", "\\fB\(name)\\fR \\fIcommand\\fR [\\fIoption\\fR ...]"]
            + [".SH DESCRIPTION"] + Self.paragraphs([tool.discussion])
            + [".SH COMMANDS"] + commands.flatMap { Self.section(on: $0, of: name) }
    }

    private static func section(on command: CommandDescription, of tool: String) -> [String] {
        let arguments = command.arguments.filter {
            $0.shouldDisplay && !["help", "version"].contains($0.name)
        }
        return [".SS \(tool) \(command.commandName)"]
            + paragraphs([command.abstract, command.discussion])
            + arguments.flatMap { argument in
                [".TP", label(of: argument)] + filled(argument.explanation)
            }
    }

    /// `--flag value`, the flag in bold and the value in italics.
    private static func label(of argument: CommandDescription.Argument) -> String {
        let name = argument.name.map { "\\fB\(escaped("--\($0)"))\\fR" }
        let value = argument.kind == .flag ? nil : "\\fI\(escaped(argument.valueName ?? ""))\\fR"
        return [name, value].compactMap(\.self).joined(separator: " ")
    }

    // MARK: - Text

    /// Paragraphs of one line are filled; the others, such as examples, keep their lines.
    private static func paragraphs(_ texts: [String?]) -> [String] {
        let paragraphs = texts.flatMap { ($0 ?? "").split(separator: "\n\n") }.map { paragraph in
            let lines = paragraph.split(separator: "\n").map(String.init)
            return lines.count == 1
                ? filled(lines[0]) : [".nf"] + lines.map { protected(escaped($0)) } + [".fi"]
        }
        return Array(paragraphs.joined(separator: [".PP"]))
    }

    /// Lines of at most 80 bytes, where the text allows it.
    private static func filled(_ text: String) -> [String] {
        var lines = [""]
        for word in escaped(text).split(separator: " ") {
            let line = lines[lines.count - 1]
            if line.isEmpty {
                lines[lines.count - 1] = protected(String(word))
            } else if line.utf8.count + word.utf8.count < 80 {
                lines[lines.count - 1] += " \(word)"
            } else {
                lines.append(protected(String(word)))
            }
        }
        return lines
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\e").replacing("-", with: "\\-")
    }

    /// A line that is no request even if it begins with a dot or an apostrophe.
    private static func protected(_ line: String) -> String {
        line.hasPrefix(".") || line.hasPrefix("'") ? "\\&\(line)" : line
    }
}

extension CommandDescription {
    /// The abstract as it follows a name.
    fileprivate var summary: String {
        let text = abstract ?? ""
        return text.prefix(1).lowercased() + text.dropFirst().prefix { $0 != "." }
    }
}

extension CommandDescription.Argument {
    /// What help says, with the default and the choice.
    fileprivate var explanation: String {
        let values = allValues.map { "(values: \($0.joined(separator: ", ")))" }
        return [abstract, defaultValue.map { "(default: \($0))" }, values].compactMap(\.self)
            .joined(separator: " ")
    }
}
