import Foundation
import Testing

@Suite struct HelpTests {
    private static let commands = [
        "devices", "train", "evaluate", "predict", "export", "check", "bench", "tune", "learn",
        "doctor",
    ]

    @Test(arguments: commands)
    func everyCommandHasHelpWithAnExample(command: String) throws {
        let help = try Workspace().succeed("\(command) --help")
        #expect(help.contains("nngpu \(command)"))
        #expect(help.contains("Example"))
        // The example itself, after the word and the colon.
        #expect(help.contains(/Examples?: nngpu/))
    }

    @Test func theToolItselfListsItsCommandsAndExitCodes() throws {
        for line in ["", "--help", "help"] {
            let help = try Workspace().succeed(line)
            for command in Self.commands { #expect(help.contains("  \(command) ")) }
        }
        let help = try Workspace().succeed("--help")
        for code in ["0 ", "1 ", "64 ", "66 ", "69 ", "129, 130 or 143 "] {
            #expect(help.contains(code))
        }
    }

    @Test func versionIsANumber() throws {
        #expect(try Workspace().succeed("--version").wholeMatch(of: /\d+\.\d+\.\d+\n/) != nil)
    }
}
