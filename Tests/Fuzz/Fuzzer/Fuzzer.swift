import CFuzz
import Foundation

/// Feeds one parser with bytes that libFuzzer makes up, led by the branches they reach.
///
///     FUZZ_PARSER=csv Fuzzer [libFuzzer's flags] [CORPUS]
///     Fuzzer seeds FOLDER
///
/// A crash, a hang, an error without a sentence of its own or an allocation beyond the parser's bound
/// ends the process, with the input in a file.
@main enum Fuzzer {
    // No argument, because libFuzzer hands its own to processes that it starts.
    fileprivate static let parser = ProcessInfo.processInfo.environment["FUZZ_PARSER"]
        .flatMap(Parser.init)

    static func main() throws {
        if CommandLine.arguments.count == 3, CommandLine.arguments[1] == "seeds" {
            return try Seeds.write(to: URL(fileURLWithPath: CommandLine.arguments[2]))
        }
        guard parser != nil else {
            print(
                "FUZZ_PARSER is none of \(Parser.allCases.map(\.rawValue).joined(separator: " "))")
            exit(64)
        }
        var count = CommandLine.argc
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
        exit(LLVMFuzzerRunDriver(&count, &arguments, parse))
    }
}

// With this name, which libFuzzer looks for by itself where nobody else calls it.
@_cdecl("LLVMFuzzerTestOneInput")
func parse(data: UnsafePointer<UInt8>?, size: Int) -> CInt {
    guard let parser = Fuzzer.parser else { return -1 }
    let bytes = [UInt8](UnsafeBufferPointer(start: data, count: size))
    allocations_begin(parser.allocationLimit(for: size))
    defer { Peak.note(allocations_end(), for: size) }
    do {
        try parser.parse(bytes)
    } catch {
        check(error)
    }
    return 0
}

/// An error is one sentence of ours: one line, and no longer however long the input.
private func check(_ error: any Error) {
    let sentence = "\(error)"
    let isOurs = [
        "NNFiles", "NNGraph", "NNModel", "NNOpenCL", "NNTraining", "ONNX", "YAMLFiles",
    ].contains {
        String(reflecting: type(of: error)).hasPrefix($0 + ".")
    }
    guard isOurs, !sentence.contains("\n"), sentence.count <= 1000 else {
        fatalError("\(String(reflecting: type(of: error))): \(sentence.prefix(2000))")
    }
}

/// Prints what was allocated whenever it is more than before, to see how far from its bound it is.
private enum Peak {
    nonisolated(unsafe) private static var most = 0

    static func note(_ peak: Int, for size: Int) {
        guard peak > most + most / 4 else { return }
        most = peak
        FileHandle.standardError.write(Data("held \(peak) bytes for \(size)\n".utf8))
    }
}
