/// Builds each program of a context once, from a binary on disk where there is a good one.
final class ProgramCache {
    private let context: Handle
    private let device: Device
    private let binaries: BinaryCache?
    private let counters: Counters
    private var programs: [String: Program] = [:]
    /// Told the name of a program before the driver gets it.
    var willBuild: ((String) -> Void)?

    /// Without a folder, programs are compiled anew in every process.
    init(context: Handle, device: Device, folder: String?, counters: Counters) {
        self.context = context
        self.device = device
        self.binaries = folder.map(BinaryCache.init)
        self.counters = counters
    }

    /// Returns the program for a source text and compiler options.
    func program(
        named name: String, source: String, options: String = "-cl-std=CL1.2"
    ) throws(OpenCLError) -> Program {
        let key = key(source: source, options: options)
        if let program = programs[key] { return program }
        willBuild?(name)
        let program =
            if let loaded = load(key, options: options) {
                loaded
            } else {
                try build(named: name, source: source, options: options, key: key)
            }
        programs[key] = program
        return program
    }

    private func load(_ key: String, options: String) -> Program? {
        // Whatever the driver has against a stored binary, the source still works.
        guard
            let binary = binaries?.load(key),
            let program = try? Program(
                binary: binary, options: options, context: context, device: device)
        else { return nil }
        counters.binaryCacheHits += 1
        return program
    }

    private func build(
        named name: String, source: String, options: String, key: String
    ) throws(OpenCLError) -> Program {
        let program = try Program(
            named: name, source: source, options: options, context: context, device: device)
        counters.binaryCacheMisses += 1
        // A driver without binaries costs time in the next process and nothing else.
        if let binaries, let binary = try? program.binary() {
            binaries.store(binary, for: key)
        }
        return program
    }

    /// Everything that the binary depends on.
    ///
    /// The driver takes each field as a C string, so a zero cannot occur inside one.
    private func key(source: String, options: String) -> String {
        [device.name, device.driverVersion, device.platformVersion, options, source]
            .joined(separator: "\0")
    }
}
