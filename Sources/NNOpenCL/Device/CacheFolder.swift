import Foundation

/// Where built programs, and what was measured and found out about devices, are kept from run to run.
///
/// Programs are native code that a driver runs, so the folder has to be its owner's alone.
package struct CacheFolder: Sendable {
    /// The folder; nil where nothing is kept.
    package let path: String?
    /// Why folders that would have come first are not used, for people.
    package let problems: [String]

    /// The folder of this process.
    package static let shared = CacheFolder(
        environment: DriverEnvironment.value, accountHome: accountHome(), temporary: temporary)

    /// Takes the first folder that can be used, and makes it if need be: NNGPU_CACHE if that is set, else
    /// one in XDG_CACHE_HOME, in HOME, in the account's home, or among temporary files.
    init(environment: (String) -> String?, accountHome: String?, temporary: String) {
        func value(_ name: String) -> String? {
            environment(name).flatMap { $0.isEmpty ? nil : $0 }
        }
        // Folders to look at, and what is wrong where there is none, in their order.
        var candidates: [(folder: String?, problem: String)] = []
        if let given = value("NNGPU_CACHE") {
            if given != "off" { candidates = [(given, "")] }
        } else {
            if let cache = value("XDG_CACHE_HOME") {
                candidates.append(("\(cache)/nngpu/programs", ""))
            }
            if value("HOME") == nil { candidates.append((nil, "HOME is not set")) }
            for home in [value("HOME"), accountHome].compactMap(\.self) {
                // A home is not ours to make.
                let isThere = access(home, F_OK) == 0
                candidates.append(
                    (isThere ? "\(home)/.cache/nngpu/programs" : nil, "\(home) does not exist"))
            }
            candidates.append((temporary, ""))
        }
        var chosen: String?
        var problems: [String] = []
        for (folder, missing) in candidates where chosen == nil {
            let problem = folder.map { folder in
                Self.problem(of: folder).map { "\(folder) \($0)" }
            }
            switch problem {
            case .some(nil): chosen = folder
            case .some(let problem?) where !problems.contains(problem): problems.append(problem)
            case nil where !problems.contains(missing): problems.append(missing)
            default: break
            }
        }
        path = chosen
        self.problems = problems
    }

    /// A folder among temporary files, of this user alone.
    static let temporary =
        (DriverEnvironment.value(of: "TMPDIR") ?? "/tmp") + "/nngpu-\(geteuid())"

    /// Why a folder cannot be trusted with native code, in words that follow its name; nil if it can.
    static func problem(of folder: String) -> String? {
        SmallFile.createFolder(folder)
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else {
            return errno == ELOOP
                ? "is a link" : "cannot be used (\(String(cString: strerror(errno))))"
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return "cannot be read" }
        if status.st_uid != geteuid() { return "belongs to another user" }
        if status.st_mode & 0o022 != 0 { return "may be written by others (chmod go-w mends that)" }
        return access(folder, W_OK | X_OK) == 0
            ? nil : "cannot be written (\(String(cString: strerror(errno))))"
    }

    /// The home that the system knows of this user, whatever HOME says.
    private static func accountHome() -> String? {
        getpwuid(geteuid()).flatMap { $0.pointee.pw_dir }.map { String(cString: $0) }
    }
}
