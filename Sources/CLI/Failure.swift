import ArgumentParser
import Foundation
import Lessons
import NNGPU
import ONNX
import NNModelFiles
import YAMLFiles

/// How errors leave the process: one sentence on stderr and the exit code of the contract.
enum Failure {
    static func exit(with error: any Error) -> Never {
        if let code = code(of: error) {
            Console.diagnose("nngpu: \(sentence(of: error))")
            DriverCrash.exit(code)
        }
        let code = NNGPUCommand.exitCode(for: error)
        if code == .validationFailure {
            Console.diagnose("nngpu: \(usageSentence(of: error))")
        } else if code.isSuccess {
            printHelp(NNGPUCommand.fullMessage(for: error))
        }
        DriverCrash.exit(code.rawValue)
    }

    /// Prints what `--help`, `--version` and their like ask for.
    private static func printHelp(_ text: String) {
        do {
            try Console.print(text)
        } catch {
            exit(with: error)
        }
    }

    /// What ArgumentParser says is wrong, and where to read on, without its lines of usage.
    static func usageSentence(of error: any Error) -> String {
        // Many choices come as a list of lines.
        let message = NNGPUCommand.message(for: error)
            .replacing(#/the following:\n\s+- /#, with: "").replacing(#/\n\s+- /#, with: ", ")
        let end = message.last.map { ".?".contains($0) } == true ? "" : "."
        let hint = NNGPUCommand.fullMessage(for: error).firstMatch(of: /See ('.*--help')/)
        return message + end + (hint.map { " See \($0.1)." } ?? "")
    }

    /// The exit code of an error that is not about usage.
    static func code(of error: any Error) -> Int32? {
        switch error {
        case DataError.unknownSource, ModelError.parameterSize, ModelError.inputSize,
            TrainingError.learningRate, TrainingError.clipNorm, TrainingError.notPositive,
            TrainingError.patienceWithoutValidation, is ExpressionError, is PresetError,
            CheckpointError.occupied, LossError.option:
            64
        case is DataError, is SafetensorsError, is ONNXError, is ModelError, is LossError,
            is BaselineError, is GenerationError, is YAMLFileError, is TargetFunctionError,
            CheckpointError.allDamaged,
            CheckpointError.setting, CheckpointError.part:
            66
        case let failure as BenchChildError: failure.code
        case OpenCLError.noSuchDevice, OpenCLError.noDriver, OpenCLError.noDevice,
            OpenCLError.noGPU,
            OpenCLError.driversFail, is DriverStartError:
            69
        case is ValidationError, is CleanExit, is ExitCode: nil
        case is OutputFileError, is DriverError, is DamagedCacheError, is ChildProcess.Failure,
            is OpenCLError, is GraphError, is TrainingError, is AtomicFileError,
            is TunerError,
            is TuningFileError, is CheckpointError:
            1
        default:
            // ArgumentParser's own errors are internal types; all that it knows how to explain.
            NNGPUCommand.exitCode(for: error) == .failure ? 1 : nil
        }
    }
}
