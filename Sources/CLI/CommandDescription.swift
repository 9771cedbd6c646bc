import ArgumentParser
import Foundation

/// What ArgumentParser knows of a command, from which it also prints `--help`.
struct CommandDescription: Decodable {
    /// A flag, an option or what stands without either.
    struct Argument: Decodable {
        enum Kind: String, Decodable { case positional, option, flag }
        struct Name: Decodable { let name: String }

        let kind: Kind
        /// Whether help shows it.
        let shouldDisplay: Bool
        /// The long name without its hyphens; none for what is positional.
        let preferredName: Name?
        /// What help calls the value.
        let valueName: String?
        let defaultValue: String?
        /// What the value may be, if there are only a few.
        let allValues: [String]?
        let abstract: String?

        var name: String? { preferredName?.name }
    }

    let commandName: String
    let shouldDisplay: Bool
    let abstract: String?
    let discussion: String?
    let arguments: [Argument]
    let subcommands: [CommandDescription]

    /// Asks ArgumentParser.
    init(of command: any ParsableCommand.Type) throws {
        struct Dump: Decodable { let command: CommandDescription }
        self = try JSONDecoder().decode(Dump.self, from: Data(command._dumpHelp().utf8)).command
    }

    private enum CodingKeys: CodingKey {
        case commandName, shouldDisplay, abstract, discussion, arguments, subcommands
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        commandName = try values.decode(String.self, forKey: .commandName)
        shouldDisplay = try values.decode(Bool.self, forKey: .shouldDisplay)
        abstract = try values.decodeIfPresent(String.self, forKey: .abstract)
        discussion = try values.decodeIfPresent(String.self, forKey: .discussion)
        arguments = try values.decodeIfPresent([Argument].self, forKey: .arguments) ?? []
        subcommands = try values.decodeIfPresent([Self].self, forKey: .subcommands) ?? []
    }
}
