import Synchronization

/// How many OpenCL objects of each kind this process holds, so that tests can prove nothing leaks.
///
/// Buffers that wait in a pool for their next use count as live.
enum LiveObjects {
    enum Kind: Int, CaseIterable {
        case context, queue, buffer, program, kernel, event
    }

    private static let counts = InlineArray<6, Atomic<Int>> { _ in Atomic(0) }

    static func count(of kind: Kind) -> Int {
        counts[kind.rawValue].load(ordering: .relaxed)
    }

    static func add(_ amount: Int, to kind: Kind) {
        counts[kind.rawValue].add(amount, ordering: .relaxed)
    }
}
