/// What a driver that compiles or computes something wrongly is spared.
public struct Workarounds: Codable, Hashable, Sendable {
    /// Kernels do not ask for cache lines ahead.
    public var skipsPrefetch = false
    /// Every kernel is a launch of its own.
    public var separatesLaunches = false
    /// CLBlast computes the products that it can.
    public var prefersCLBlast = false
    /// A CPU gets the kernels for GPUs.
    public var usesWorkgroups = false
    /// Workgroups are as small as the kernels allow: a driver may run a kernel with fewer work-items than
    /// it says that its device has.
    public var shrinksWorkgroups = false

    /// The work-items of the smallest workgroups.
    static let smallestWorkgroup = 32

    /// Nothing is spared.
    public init() {}

    /// Whether nothing is spared.
    public var isEmpty: Bool { self == Workarounds() }

    /// What to try on a device, one after the other, from everything to the least that can be asked of a
    /// driver.
    public static func sequence(for device: Device) -> [Workarounds] {
        var tried = [Workarounds()]
        func add(_ change: (inout Workarounds) -> Void) {
            var next = tried[tried.count - 1]
            change(&next)
            tried.append(next)
        }
        if device.kind == .cpu {
            add { $0.skipsPrefetch = true }
            add { $0.separatesLaunches = true }
        }
        if device.kind == .cpu { add { $0.usesWorkgroups = true } }
        add { $0.shrinksWorkgroups = true }
        add { $0.prefersCLBlast = true }
        return tried
    }
}

extension Workarounds: CustomStringConvertible {
    /// What is done otherwise, in words.
    public var description: String {
        let parts = [
            (skipsPrefetch, "no prefetching"), (separatesLaunches, "a launch for each kernel"),
            (usesWorkgroups, "the kernels for GPUs"), (shrinksWorkgroups, "small workgroups"),
            (prefersCLBlast, "CLBlast's products"),
        ]
        let words = parts.filter(\.0).map(\.1)
        return words.isEmpty ? "nothing spared" : words.joined(separator: ", ")
    }
}
