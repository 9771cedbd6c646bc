import ArgumentParser
import Foundation
import RunFiles

extension CommandDescription {
    /// Asks ArgumentParser.
    init(of command: any ParsableCommand.Type) throws {
        struct Dump: Decodable { let command: CommandDescription }
        self = try JSONDecoder().decode(Dump.self, from: Data(command._dumpHelp().utf8)).command
    }
}
