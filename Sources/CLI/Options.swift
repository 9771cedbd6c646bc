import ArgumentParser
import NNGPU

/// `--device`, which every command that computes takes.
struct DeviceOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A number from `nngpu devices`, `auto` (the first GPU, else the CPU device), `gpu` (the "
                + "first GPU) or `reference` (plain loops).", valueName: "N|auto|gpu|reference"))
    var device: DeviceChoice = .automatic

    /// Opens the device once its driver can be trusted, and says which others do not answer and why a
    /// tuning file is not used.
    ///
    /// - Parameters:
    ///   - isProfiling: Whether an OpenCL device shall tell how long its commands take.
    ///   - subject: The training that the driver has to be trusted with; by default everything.
    ///   - isQuiet: Whether nothing is said about what goes well.
    /// - Returns: The backend that runs on it.
    /// - Throws: `OpenCLError`, ``DriverError`` or ``DamagedCacheError``.
    func open(
        isProfiling: Bool = false, for subject: ProbeSubject? = nil, isQuiet: Bool = false
    ) throws -> any Backend {
        // A model that cannot be is not the driver's fault.
        _ = try subject?.graphs()
        if self.device != .reference { try DriverStart.check() }
        guard let device = try self.device.openCLDevice() else { return try self.device.open() }
        DriverCrash.prepare(for: device)
        let workarounds = try DriverTrust(device: device, isQuiet: isQuiet).workarounds(
            for: subject)
        let backend = try OpenCLBackend(
            device, isProfiling: isProfiling, workarounds: workarounds)
        Console.diagnoseDrivers()
        if let problem = backend.tuningProblem { Console.diagnose("\(problem)") }
        return backend
    }
}

extension DeviceChoice: ExpressibleByArgument {
    /// Reads what `--device` was given.
    public init?(argument: String) { self.init(argument) }

    /// The value as help prints it.
    public var defaultValueDescription: String { "auto" }
}

/// Whole numbers separated by commas.
struct IntegerList: ExpressibleByArgument {
    let values: [Int]

    init(_ values: [Int]) { self.values = values }

    init?(argument: String) {
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
        guard !parts.isEmpty, parts.allSatisfy({ ($0 ?? 0) > 0 }) else { return nil }
        values = parts.compactMap { $0 }
    }

    var defaultValueDescription: String { values.map(String.init).joined(separator: ",") }
}

/// Optimizers separated by commas.
struct OptimizerList: ExpressibleByArgument {
    let values: [OptimizerName]

    init(values: [OptimizerName]) { self.values = values }

    init?(argument: String) {
        let parts = argument.split(separator: ",").map { OptimizerName(rawValue: String($0)) }
        guard !parts.isEmpty, !parts.contains(nil) else { return nil }
        values = parts.compactMap { $0 }
    }

    var defaultValueDescription: String { values.map(\.rawValue).joined(separator: ",") }
}

/// Patterns of names, as in a shell, separated by commas.
struct NamePatterns: ExpressibleByArgument {
    let patterns: [String]

    init?(argument: String) {
        patterns = argument.split(separator: ",").map(String.init)
        if patterns.isEmpty { return nil }
    }
}
