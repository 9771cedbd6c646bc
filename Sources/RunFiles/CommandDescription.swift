/// What ArgumentParser knows of a command, from which it also prints `--help`.
package struct CommandDescription: Decodable {
    /// A flag, an option or what stands without either.
    package struct Argument: Decodable {
        package enum Kind: String, Decodable { case positional, option, flag }
        package struct Name: Decodable { package let name: String }

        package let kind: Kind
        /// Whether help shows it.
        package let shouldDisplay: Bool
        /// The long name without its hyphens; none for what is positional.
        package let preferredName: Name?
        /// All names.
        private let names: [Name]?
        /// What help calls the value.
        package let valueName: String?
        package let defaultValue: String?
        /// What the value may be, if there are only a few.
        package let allValues: [String]?
        package let abstract: String?

        package var name: String? { preferredName?.name }

        /// Whether it goes by that name, such as `lr` for `learning-rate`.
        package func isCalled(_ name: String) -> Bool {
            names?.contains { $0.name == name } ?? false
        }
    }

    package let commandName: String
    package let shouldDisplay: Bool
    package let abstract: String?
    package let discussion: String?
    package let arguments: [Argument]
    package let subcommands: [CommandDescription]

    private enum CodingKeys: CodingKey {
        case commandName, shouldDisplay, abstract, discussion, arguments, subcommands
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        commandName = try values.decode(String.self, forKey: .commandName)
        shouldDisplay = try values.decode(Bool.self, forKey: .shouldDisplay)
        abstract = try values.decodeIfPresent(String.self, forKey: .abstract)
        discussion = try values.decodeIfPresent(String.self, forKey: .discussion)
        arguments = try values.decodeIfPresent([Argument].self, forKey: .arguments) ?? []
        subcommands = try values.decodeIfPresent([Self].self, forKey: .subcommands) ?? []
    }
}
