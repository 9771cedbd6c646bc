import Foundation

/// A process that is spoken to through its stdin and stdout, line by line; it ends with its owner.
package final class ChildProcess {
    /// Why there is no answer.
    package enum Failure: Error, CustomStringConvertible {
        case start(command: String, status: Int32)
        case died(signal: Int32)
        case exited(status: Int32)
        case timeLimit

        package var description: String {
            switch self {
            case .start(let command, let status):
                "\(command) cannot be started: \(String(cString: strerror(status)))"
            case .died(let signal): "the process died of signal \(signal)"
            case .exited(let status): "the process ended with status \(status)"
            case .timeLimit: "it took too long"
            }
        }
    }

    private let process: pid_t
    private let socket: Int32
    private var received = Data()
    /// What `waitpid` said; afterwards the number may belong to another process.
    private var status: Int32?

    /// Starts a command: an executable's path and its arguments.
    ///
    /// It is no part of a job that this process belongs to: what MPI tells its own processes is kept
    /// from it, since it would wait for a launcher that knows nothing of it.
    package init(_ command: [String], environment changes: [String: String] = [:]) throws {
        var ends: [Int32] = [-1, -1]
        guard
            socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0
        else { throw Failure.start(command: command.first ?? "", status: errno) }
        defer { close(ends[1]) }
        socket = ends[0]

        var files = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&files)
        defer { posix_spawn_file_actions_destroy(&files) }
        posix_spawn_file_actions_adddup2(&files, ends[1], STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&files, ends[1], STDOUT_FILENO)
        // What a dying driver says would look like an error of the tuner.
        posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0)

        var arguments = command.map { strdup($0) } + [nil]
        // Nobody reads the backtrace of a crash, and it takes seconds.
        var environment =
            ProcessInfo.processInfo.environment
            .filter { !$0.key.hasPrefix("OMPI_") && !$0.key.hasPrefix("PMIX_") }
            .merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 }.merging(changes) { $1 }
            .map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in arguments + environment { free(text) } }
        var process: pid_t = 0
        let status = posix_spawn(
            &process, command.first ?? "", &files, nil, &arguments, &environment)
        guard status == 0 else {
            close(socket)
            throw Failure.start(command: command.first ?? "", status: status)
        }
        self.process = process
    }

    deinit {
        close(socket)
        _ = end()
    }

    /// Sends all bytes; a process that has died takes none.
    package func send(_ data: Data) throws {
        var rest = data[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Foundation.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw ending() }
            rest = rest.dropFirst(count)
        }
    }

    /// The next line without its end, if it comes in time.
    package func receiveLine(until deadline: ContinuousClock.Instant) throws -> Data {
        while true {
            if let end = received.firstIndex(of: UInt8(ascii: "\n")) {
                defer { received = Data(received[received.index(after: end)...]) }
                return Data(received[..<end])
            }
            let left = (deadline - ContinuousClock.now) / .milliseconds(1)
            var waiting = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
            guard left > 0, poll(&waiting, 1, Int32(clamping: Int(left.rounded(.up)))) > 0 else {
                throw Failure.timeLimit
            }
            var block = [UInt8](repeating: 0, count: 4096)
            let count = recv(socket, &block, block.count, 0)
            guard count > 0 else { throw ending() }
            received.append(contentsOf: block[..<count])
        }
    }

    /// How a process ended that has closed its side.
    private func ending() -> Failure {
        let status = end()
        let signal = status & 0x7F
        return signal == 0 ? .exited(status: status >> 8 & 0xFF) : .died(signal: signal)
    }

    /// Ends the process, if it has not ended by itself, and returns what `waitpid` says of it.
    private func end() -> Int32 {
        if let status { return status }
        var status: Int32 = 0
        kill(process, SIGKILL)
        waitpid(process, &status, 0)
        self.status = status
        return status
    }
}
