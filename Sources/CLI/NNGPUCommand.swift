import ArgumentParser
import NNGPU

/// The command-line tool.
struct NNGPUCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nngpu",
        abstract: "Trains neural networks on any device with an OpenCL driver.",
        discussion: """
            Start with `nngpu doctor` to see whether this machine is ready, then `nngpu train`.

            Exit codes: 0 done, 1 the run failed, 64 usage, 66 input missing or malformed, \
            69 no such device, 129, 130 or 143 interrupted (after saving).

            Environment: NNGPU_DATA is the folder of Fashion-MNIST, NNGPU_CACHE that of built \
            programs, or `off`, and NNGPU_TUNING a tuning file, or `off`; with NNGPU_PROBE=off no \
            driver's kernels are checked before they are used.
            """,
        version: "0.1.0",
        subcommands: [
            Devices.self, Train.self, Evaluate.self, Predict.self, Generate.self, Export.self,
            ModelCommand.self,
            Check.self,
            Bench.self, Tune.self, Explain.self, Learn.self, Doctor.self, Manual.self, Probe.self,
        ])
}

@main
struct Main {
    static func main() {
        Invocation.prepare()
        DriverCrash.prepare()
        DriverCrash.watchExit()
        _ = Interruption.isHangUpIgnored
        do {
            let words = Invocation.words
            var command =
                try words.first == "train"
                ? RunSettings(words.dropFirst()).parse() : NNGPUCommand.parseAsRoot(words)
            try command.run()
        } catch {
            Failure.exit(with: error)
        }
        DriverCrash.exit(0)
    }
}
