import CProcess
import Glibc

/// How this process was started, and what it needs before anything else happens in it.
enum Invocation {
    /// What follows the tool's name.
    static let arguments = (0..<process_argument_count()).compactMap { index in
        process_argument(index).map { String(cString: $0) }
    }.dropFirst()

    /// The command as it was typed, with the tool's name and quotes where a shell needs them.
    static var line: String {
        (["nngpu"] + arguments.map(\.quotedForShell)).joined(separator: " ")
    }

    /// The command that starts this very binary again, wherever it lies and whatever it is called.
    ///
    /// A child that is about to become it still is this process' image, so the link leads there even if
    /// the file has been replaced meanwhile.
    static func command(_ arguments: [String]) -> [String] { ["/proc/self/exe"] + arguments }

    /// Makes writing fail with an error instead of ending the process, and keeps what is opened later
    /// away from the standard descriptors.
    static func prepare() {
        // A reader that has gone, and a limit on the size of files.
        for number in [SIGPIPE, SIGXFSZ] { signal(number, SIG_IGN) }
        // In the place of a closed descriptor comes one that refuses what it is used for: otherwise the
        // next file, perhaps a model, would get the progress written into it.
        for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO]
        where fcntl(descriptor, F_GETFD) < 0 && errno == EBADF {
            _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        }
    }
}

extension String {
    fileprivate var quotedForShell: String {
        let plain = allSatisfy { $0.isLetter || $0.isNumber || "-_./,:=+%@".contains($0) }
        return plain && !isEmpty ? self : "'" + replacing("'", with: "'\\''") + "'"
    }
}
