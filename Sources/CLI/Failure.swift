import ArgumentParser
import Foundation
import NNGPU

/// How errors leave the process: one sentence on stderr and the exit code of the contract.
enum Failure {
    static func exit(with error: any Error) -> Never {
        guard let code = code(of: error) else {
            // Usage errors, `--help`, `--version` and explicit exit codes are ArgumentParser's.
            NNGPUCommand.exit(withError: error)
        }
        Console.diagnose("nngpu: \(error)")
        Foundation.exit(code)
    }

    /// The exit code of an error that is not about usage.
    private static func code(of error: any Error) -> Int32? {
        switch error {
        case DataError.unknownSource: 64
        case is DataError, is SafetensorsError, is ModelError: 66
        case OpenCLError.noSuchDevice, OpenCLError.noDriver: 69
        case is ValidationError, is CleanExit, is ExitCode: nil
        case is OpenCLError, is GraphError, is TrainingError, is AtomicFileError: 1
        default:
            // ArgumentParser's own errors are internal types; all that it knows how to explain.
            NNGPUCommand.exitCode(for: error) == .failure ? 1 : nil
        }
    }
}
