/// Gives every storage of a compiled graph its memory.
///
/// Storages whose lifetimes do not overlap share a buffer: from the first stage that writes one to
/// the last that reads it, nobody else may have it.
struct MemoryPlan {
    /// The buffers of intermediate values, each used by one or more storages.
    private(set) var scratch: [Buffer] = []

    /// Assigns buffers from the pool to all storages that have none yet.
    init(_ stages: [[Unit]], pool: BufferPool) throws {
        var lifetimes: [ObjectIdentifier: (storage: Storage, first: Int, last: Int)] = [:]
        for (index, stage) in stages.enumerated() {
            for storage in stage.flatMap({ $0.reads + $0.writes }).map(\.storage)
            where storage.buffer == nil {
                let first = lifetimes[ObjectIdentifier(storage)]?.first ?? index
                lifetimes[ObjectIdentifier(storage)] = (storage, first, index)
            }
        }
        var slots: [Slot] = []
        for life in lifetimes.values.sorted(by: { $0.first < $1.first }) {
            let free = slots.indices.filter { slots[$0].last < life.first }
            // The slot that has to grow least, and among those that fit, the smallest.
            let best = free.min { a, b in
                let (a, b) = (slots[a].count, slots[b].count)
                return (max(life.storage.count, a) - a, a) < (max(life.storage.count, b) - b, b)
            }
            if let best {
                slots[best].count = max(slots[best].count, life.storage.count)
                slots[best].last = life.last
                slots[best].tenants.append(life.storage)
            } else {
                slots.append(
                    Slot(count: life.storage.count, last: life.last, tenants: [life.storage]))
            }
        }
        for slot in slots {
            let buffer = try pool.allocate(byteCount: 4 * slot.count)
            for tenant in slot.tenants { tenant.buffer = buffer }
            scratch.append(buffer)
        }
    }

    private struct Slot {
        var count: Int
        var last: Int
        var tenants: [Storage]
    }
}
