/// The division of few large memories among what keeps its contents from run to run.
package struct PersistentLayout {
    /// The sizes of the memories in bytes.
    package private(set) var arenas: [Int] = []

    private let limits: MemoryLimits

    package init(within limits: MemoryLimits) { self.limits = limits }

    /// Takes so many bytes: in which memory they are, and where in it.
    package mutating func place(_ byteCount: Int) -> (arena: Int, byteOffset: Int) {
        if let last = arenas.last, !limits.isolatesStorages {
            let start = limits.aligned(last)
            if start + byteCount <= limits.arenaBytes {
                arenas[arenas.count - 1] = start + byteCount
                return (arenas.count - 1, start)
            }
        }
        arenas.append(byteCount)
        return (arenas.count - 1, 0)
    }
}
