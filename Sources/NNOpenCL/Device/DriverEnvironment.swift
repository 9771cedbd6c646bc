import Foundation

/// What drivers read from the environment when they start, set before the first of them does.
enum DriverEnvironment {
    /// Sets what the user has not, and returns what a person should know about it.
    static func prepare() -> [String] {
        let processors = Processors.shared
        // Numbers that are none leave PoCL with one thread, or with none.
        let given = value(of: "POCL_MAX_PTHREAD_COUNT").flatMap { Int($0) }
        if given.map({ $0 < 1 }) ?? true { unsetenv("POCL_MAX_PTHREAD_COUNT") }
        for (name, value) in threads(of: processors, given: given) { setenv(name, value, 0) }
        // PoCL would compile a kernel twice: for a stored binary, and once more for the work sizes of
        // a launch, which is no faster where a work-item is a workgroup.
        setenv("POCL_WORK_GROUP_SPECIALIZATION", "0", 0)
        return preparePoCLCache()
    }

    /// How many worker threads PoCL shall have, and whether it may pin them.
    ///
    /// PoCL counts the machine's processors, whatever the process' mask, and pins worker n to processor
    /// n, be that in the mask or not. So the number comes from the mask, and workers are pinned only
    /// where each of the machine's processors gets one: elsewhere the system places them, within the
    /// mask, and keeps two trainings apart while a processor idles.
    static func threads(of processors: Processors, given: Int?) -> [(String, String)] {
        let isWhole = processors.areAll && processors.count == processors.allowed.count
        if isWhole {
            return [("POCL_AFFINITY", (given ?? processors.count) == processors.count ? "1" : "0")]
        }
        return [
            ("POCL_AFFINITY", "0"), ("POCL_MAX_PTHREAD_COUNT", String(processors.count)),
        ]
    }

    private static func preparePoCLCache() -> [String] {
        // PoCL ends the process over a name without letters.
        if value(of: "POCL_CACHE_DIR") == "" { unsetenv("POCL_CACHE_DIR") }
        let folder = PoCLCache.folder(environment: value)
        guard let problem = PoCLCache.problem(environment: value) else { return [] }
        let own = CacheFolder.shared.path ?? CacheFolder.temporary
        let replacement = "\(own)/pocl"
        SmallFile.createFolder(replacement)
        guard access(replacement, W_OK) == 0 else {
            return [
                "PoCL finds no devices, as its cache \(folder) \(problem): set POCL_CACHE_DIR to a "
                    + "folder that you may write to"
            ]
        }
        setenv("POCL_CACHE_DIR", replacement, 1)
        return ["PoCL's cache \(folder) \(problem): \(replacement) is used instead"]
    }

    static func value(of name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }
}

/// Where PoCL keeps its kernels, without which it offers no device.
enum PoCLCache {
    /// The folder that it chooses, as its version 3.1 does: it never tries the next one
    /// (`findings/pocl-cache-that-cannot-be-made.sh`).
    static func folder(environment: (String) -> String?) -> String {
        if let own = environment("POCL_CACHE_DIR") { return own }
        if let cache = environment("XDG_CACHE_HOME") { return cache + "/pocl/kcache" }
        if let home = environment("HOME") { return home + "/.cache/pocl/kcache" }
        return "/tmp/pocl/kcache"
    }

    /// Why the folder that an environment leads to cannot be used; nil if it can be, or can be made.
    static func problem(environment: (String) -> String?) -> String? {
        let isInHome = ["POCL_CACHE_DIR", "XDG_CACHE_HOME"].allSatisfy { environment($0) == nil }
        // PoCL would make the home, too, if it may.
        if isInHome, let home = environment("HOME"), access(home, F_OK) != 0 {
            return "has no home to be in (\(home) does not exist)"
        }
        return problem(of: folder(environment: environment))
    }

    /// Why the folder cannot be used, in words that follow its name; nil if it can be, or can be made.
    static func problem(of folder: String) -> String? {
        var existing = folder[...]
        while access(String(existing), F_OK) != 0, let slash = existing.lastIndex(of: "/") {
            existing = slash == existing.startIndex ? "/" : existing[..<slash]
        }
        var status = stat()
        guard stat(String(existing), &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            return "is no folder"
        }
        // PoCL runs what it finds there: a folder of that name may be somebody else's.
        if existing == folder, status.st_uid != geteuid() || status.st_mode & 0o022 != 0 {
            return "may be written by others"
        }
        return access(String(existing), W_OK | X_OK) == 0
            ? nil : "cannot be written (\(String(cString: strerror(errno))))"
    }
}
