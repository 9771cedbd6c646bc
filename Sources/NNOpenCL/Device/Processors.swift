import CProcess
import Foundation

/// The processors that this process may use, which in a container or a batch job are fewer than the
/// machine's.
struct Processors {
    /// Their numbers, rising.
    let allowed: [Int]
    /// How many of them it may keep busy all the time: fewer where its control group has a quota.
    let count: Int
    /// Whether they are all that the machine has, numbered without a gap.
    let areAll: Bool

    /// The processors of this process when it first asked.
    static let shared = Processors()

    private init() {
        self.init(
            allowed: Self.affinity(), online: sysconf(Int32(_SC_NPROCESSORS_ONLN)),
            quota: Self.quota(root: "/sys/fs/cgroup", group: Self.controlGroup()))
    }

    init(allowed: [Int], online: Int, quota: Double?) {
        self.allowed = allowed
        let most = max(1, allowed.count)
        count = quota.map { max(1, min(most, Int($0.rounded(.up)))) } ?? most
        areAll = allowed == Array(0..<online)
    }

    /// The mask of the calling thread; empty if the system does not tell it.
    private static func affinity() -> [Int] {
        // The type of the C library ends at 1,024 processors, where some machines do not.
        var mask = [UInt8](repeating: 0, count: 8192)
        guard process_affinity(&mask, mask.count) == 1 else { return [] }
        return (0..<8 * mask.count).filter { mask[$0 / 8] >> ($0 % 8) & 1 == 1 }
    }

    // MARK: - Control groups

    /// The processors' worth of time that a group of the second version and those above it allow; nil if
    /// they set no limit.
    static func quota(root: String, group: String) -> Double? {
        var quotas: [Double] = []
        var parts = group.split(separator: "/")
        while true {
            let path = ([root] + parts.map(String.init) + ["cpu.max"]).joined(separator: "/")
            let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
            let numbers = text.split { $0.isWhitespace }.map { Double($0) }
            if numbers.count == 2, let time = numbers[0], let period = numbers[1], period > 0 {
                quotas.append(time / period)
            }
            guard parts.popLast() != nil else { return quotas.min() }
        }
    }

    private static func controlGroup() -> String {
        let text = (try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("0::") }
        return String(line?.dropFirst("0::".count) ?? "/")
    }
}
