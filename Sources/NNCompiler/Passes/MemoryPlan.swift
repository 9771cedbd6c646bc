/// Gives every storage of intermediate values its place in few large memories, the *arenas*.
///
/// A storage lives from the first stage that touches it to the last. Storages share bytes where their
/// lives do not overlap. Largest first within a stage, ties by first access, best fit: nothing depends on
/// the order of a hash, so the same units and limits give the same plan in every process.
package struct MemoryPlan {
    /// The sizes of the arenas in bytes: one, unless a device allows none so large.
    package private(set) var arenas: [Int] = []
    /// Where each storage lies, in the order in which they come to life.
    package internal(set) var places: [(storage: Storage, arena: Int, byteOffset: Int)] = []

    /// Plans all storages that have no memory of their own.
    init<Work>(_ stages: [[ProgramUnit<Work>]], within limits: MemoryLimits) {
        let lives = Life.all(in: stages)
        var ending: [[Int]] = stages.map { _ in [] }
        var next = 0
        var free: [FreeRanges] = []
        for stage in stages.indices {
            let first = next
            while next < lives.count, lives[next].first == stage { next += 1 }
            // Large ones first: small ones find place in what is left beside them.
            for life in lives[first..<next].sorted(by: { $0.byteCount > $1.byteCount }) {
                let size = limits.aligned(life.byteCount)
                let place = Self.take(size, from: &free, limits)
                places.append((life.storage, place.arena, place.byteOffset))
                ending[life.last].append(places.count - 1)
            }
            // Where storages are apart, nobody follows another in its memory.
            for ended in ending[stage] where !limits.isolatesStorages {
                let (storage, arena, byteOffset) = places[ended]
                let size = limits.aligned(storage.byteCount)
                free[arena].give(byteOffset..<byteOffset + size)
            }
        }
        arenas = free.map { _ in 0 }
        for (storage, arena, byteOffset) in places {
            arenas[arena] = max(arenas[arena], byteOffset + storage.byteCount)
        }
    }

    /// Best fit: the smallest free range that is large enough, else the end of an arena.
    private static func take(
        _ size: Int, from free: inout [FreeRanges], _ limits: MemoryLimits
    ) -> (arena: Int, byteOffset: Int) {
        if limits.isolatesStorages {
            free.append(FreeRanges())
            return (free.count - 1, free[free.count - 1].grow(by: size))
        }
        let fits = free.indices.compactMap { arena in
            free[arena].smallest(for: size).map { (arena: arena, range: $0) }
        }
        if let best = fits.min(by: { $0.range.count < $1.range.count }) {
            free[best.arena].take(size, of: best.range)
            return (best.arena, best.range.lowerBound)
        }
        let grown = free.indices.first {
            free[$0].endAfterGrowing(by: size) <= limits.arenaBytes
        }
        if grown == nil { free.append(FreeRanges()) }
        let arena = grown ?? free.count - 1
        return (arena, free[arena].grow(by: size))
    }

    /// Tells the storages where they lie, once there is memory for the arenas.
    package func bind(to memories: [any Memory]) {
        for (storage, arena, byteOffset) in places {
            storage.residence = Residence(memories[arena], byteOffset: byteOffset)
        }
    }
}

/// What a device asks of the memory of a program.
package struct MemoryLimits {
    /// The largest memory that it allows, in bytes.
    package let arenaBytes: Int
    /// What offsets are multiples of, in bytes.
    package let alignment: Int
    /// Whether every storage has a memory to itself, with nothing after its end: for simulators that
    /// look for accesses beyond it.
    package let isolatesStorages: Bool

    package init(arenaBytes: Int, alignment: Int, isolatesStorages: Bool) {
        self.arenaBytes = arenaBytes
        self.alignment = alignment
        self.isolatesStorages = isolatesStorages
    }

    /// The next multiple of the alignment; the size itself where storages are apart.
    package func aligned(_ byteCount: Int) -> Int {
        isolatesStorages ? byteCount : (byteCount + alignment - 1) / alignment * alignment
    }
}

/// When a storage is in use: from the first stage that touches it to the last.
struct Life {
    let storage: Storage
    let first: Int
    var last: Int
    var byteCount: Int { storage.byteCount }

    /// The lives of all storages that have no memory of their own, in the order of their beginnings.
    static func all<Work>(in stages: [[ProgramUnit<Work>]]) -> [Life] {
        var lives: [Life] = []
        var indices: [ObjectIdentifier: Int] = [:]
        for (stage, units) in stages.enumerated() {
            for view in units.lazy.flatMap({ $0.reads + $0.writes }) {
                let storage = view.storage
                guard storage.residence == nil, !storage.isPersistent else { continue }
                if let index = indices[ObjectIdentifier(storage)] {
                    lives[index].last = stage
                } else {
                    indices[ObjectIdentifier(storage)] = lives.count
                    lives.append(Life(storage: storage, first: stage, last: stage))
                }
            }
        }
        return lives
    }
}

/// The bytes of an arena that nobody uses at the moment.
private struct FreeRanges {
    /// Ascending, never side by side.
    private var ranges: [Range<Int>] = []
    /// The size of the arena so far.
    private(set) var end = 0

    /// The smallest range with so many bytes; the first of several.
    func smallest(for size: Int) -> Range<Int>? {
        ranges.filter { $0.count >= size }.min { $0.count < $1.count }
    }

    /// Takes the front of a free range.
    mutating func take(_ size: Int, of range: Range<Int>) {
        let index = self.index(of: range.lowerBound)
        if size == range.count {
            ranges.remove(at: index)
        } else {
            ranges[index] = range.lowerBound + size..<range.upperBound
        }
    }

    /// Where the arena would end if it grew by so many bytes, of which it has some at its end.
    func endAfterGrowing(by size: Int) -> Int { freeEnd + size }

    /// Makes room for so many bytes at the end and takes it.
    mutating func grow(by size: Int) -> Int {
        let start = freeEnd
        if start < end { ranges.removeLast() }
        end = start + size
        return start
    }

    /// Gives a range back.
    mutating func give(_ range: Range<Int>) {
        guard !range.isEmpty else { return }
        let index = self.index(of: range.lowerBound)
        var merged = range
        if index < ranges.count, ranges[index].lowerBound == range.upperBound {
            merged = merged.lowerBound..<ranges.remove(at: index).upperBound
        }
        if index > 0, ranges[index - 1].upperBound == range.lowerBound {
            ranges[index - 1] = ranges[index - 1].lowerBound..<merged.upperBound
        } else {
            ranges.insert(merged, at: index)
        }
    }

    /// Where the last bytes in use end.
    private var freeEnd: Int {
        if let last = ranges.last, last.upperBound == end { last.lowerBound } else { end }
    }

    /// The first range that does not begin before a byte.
    private func index(of byte: Int) -> Int {
        var (low, high) = (0, ranges.count)
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].lowerBound < byte { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
