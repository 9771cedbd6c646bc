import Foundation
import Testing

/// A running `nngpu`: the real binary, which lies beside the test bundle.
final class ToolRun {
    struct TimeLimit: Error {
        let line: String
        let stderr: String
    }

    private let line: String
    private let process = Process()
    private let stdoutFile: URL
    private let stderrFile: URL
    private let terminal: Terminal?

    /// The folder of the built products, on macOS two levels above the bundle's executable.
    static let binary: URL = {
        let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }
        let products = bundle?.bundleURL.deletingLastPathComponent() ?? Bundle.main.bundleURL
        return products.appending(path: "nngpu")
    }()

    /// Starts the tool, or what runs it, with arguments that are separated by spaces, and stderr on a
    /// terminal if one is given.
    init(
        _ line: String, in workspace: Workspace, environment: [String: String] = [:],
        input: FileHandle = .nullDevice, terminal: Terminal? = nil, tool: URL = ToolRun.binary,
        outputs given: (stdout: FileHandle?, stderr: FileHandle?) = (nil, nil)
    ) throws {
        self.line = line
        self.terminal = terminal
        // Files take any amount of output while nobody reads.
        let name = UUID().uuidString
        stdoutFile = workspace.url.appending(path: ".\(name).stdout")
        stderrFile = workspace.url.appending(path: ".\(name).stderr")
        for file in [stdoutFile, stderrFile] { try Data().write(to: file) }
        process.executableURL = tool
        process.arguments = line.split(separator: " ").map(String.init)
        process.currentDirectoryURL = workspace.url
        // What a training measures by itself is not for the trainings of whoever runs the tests.
        process.environment = ProcessInfo.processInfo.environment
            .merging(["NNGPU_TUNING": "off", "TERM": "xterm"]) { $1 }.merging(environment) { $1 }
        process.standardInput = input
        let outputs = try [stdoutFile, stderrFile].map { try FileHandle(forWritingTo: $0) }
        // The child has them by then. `Process` would keep them open for ever, and cannot start another
        // one beside a thousand open files.
        defer { for output in outputs { try? output.close() } }
        process.standardOutput = given.stdout ?? outputs[0]
        process.standardError = terminal?.slave ?? given.stderr ?? outputs[1]
        // Dispatch blocks all signals on its threads, and a child inherits that.
        var (none, before) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        // So it does with a signal that is ignored, as SIGHUP is where `nohup` runs the tests.
        let hangUp = signal(SIGHUP, SIG_DFL)
        defer { signal(SIGHUP, hangUp) }
        try process.run()
    }

    deinit { if process.isRunning { send(SIGKILL) } }

    var stdout: String { text(of: stdoutFile) }
    var stderr: String { terminal?.text ?? text(of: stderrFile) }

    var isRunning: Bool { process.isRunning }

    /// The most memory that it has held so far, where the system is Linux and it still runs.
    var peakResidentBytes: Int? {
        let file = "/proc/\(process.processIdentifier)/status"
        guard let status = try? String(contentsOfFile: file, encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") })
        else { return nil }
        return Int(line.filter(\.isNumber)).map { $0 << 10 }
    }

    func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

    /// Waits for something to happen.
    func wait(limit: Duration = .seconds(60), until hasHappened: () -> Bool) throws {
        let deadline = ContinuousClock.now + limit
        while !hasHappened() {
            guard ContinuousClock.now < deadline else {
                send(SIGKILL)
                throw TimeLimit(line: line, stderr: String(stderr.suffix(500)))
            }
            usleep(5000)
        }
    }

    /// Waits for the end.
    func outcome(limit: Duration = .seconds(60)) throws -> Outcome {
        try wait(limit: limit) {
            terminal?.drain()
            return !process.isRunning
        }
        terminal?.drain()
        let status = process.terminationStatus
        return Outcome(
            code: process.terminationReason == .exit ? status : -status, stdout: stdout,
            stderr: stderr)
    }

    private func text(of file: URL) -> String {
        (try? Data(contentsOf: file)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}

/// A pseudo-terminal, in whose place a person would sit.
final class Terminal {
    let slave: FileHandle
    private let master: Int32
    private var bytes = Data()

    init() throws {
        var (ours, theirs): (Int32, Int32) = (-1, -1)
        try #require(openpty(&ours, &theirs, nil, nil, nil) == 0)
        try #require(fcntl(ours, F_SETFL, O_NONBLOCK) == 0)
        master = ours
        slave = FileHandle(fileDescriptor: theirs, closeOnDealloc: true)
    }

    deinit { close(master) }

    /// What has been written on it.
    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Takes what is there, so that the writer need not wait.
    func drain() {
        var block = [UInt8](repeating: 0, count: 4096)
        while case let count = read(master, &block, block.count), count > 0 {
            bytes.append(contentsOf: block[..<count])
        }
    }
}
