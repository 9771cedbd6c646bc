/// The division of few large memories among what keeps its contents from run to run.
package struct PersistentLayout {
    /// The sizes of the memories in bytes.
    package private(set) var arenas: [Int] = []

    private let limits: MemoryLimits

    package init(within limits: MemoryLimits) { self.limits = limits }

    /// Takes so many bytes: in which memory they are, and where in it.
    package mutating func place(_ byteCount: Int) -> (arena: Int, byteOffset: Int) {
        let size = limits.aligned(byteCount)
        if let last = arenas.last, !limits.isolatesStorages, last + size <= limits.arenaBytes {
            arenas[arenas.count - 1] += size
            return (arenas.count - 1, last)
        }
        arenas.append(size)
        return (arenas.count - 1, 0)
    }
}
