import NNGraph

/// What a unit does to a part of some memory.
private struct Access {
    let range: Range<Int>
    let isWrite: Bool
    let stage: Int
}

extension [Unit] {
    /// The units in stages, one after the other: within a stage, none depends on another.
    ///
    /// A unit is in the first stage after those units before it which write what it reads or writes,
    /// or read what it writes. Parts of memory count by the range from their first element to their
    /// last, so updates of neighboring parameters are independent.
    var stages: [[Unit]] {
        var accesses: [ObjectIdentifier: [Access]] = [:]
        var stages: [[Unit]] = []
        for unit in self {
            let own = unit.reads.map { ($0, false) } + unit.writes.map { ($0, true) }
            let conflicts = own.flatMap { view, isWrite in
                accesses[view.memory, default: []].filter {
                    (isWrite || $0.isWrite) && $0.range.overlaps(view.range)
                }
            }
            let stage = conflicts.map { $0.stage + 1 }.max() ?? 0
            if stage == stages.count { stages.append([]) }
            stages[stage].append(unit)
            for (view, isWrite) in own {
                accesses[view.memory, default: []].append(
                    Access(range: view.range, isWrite: isWrite, stage: stage))
            }
        }
        return stages
    }
}

extension View {
    /// What tells memory apart: a buffer, which storages may share, or the storage that gets one.
    fileprivate var memory: ObjectIdentifier {
        storage.buffer.map { ObjectIdentifier($0) } ?? ObjectIdentifier(storage)
    }
}
