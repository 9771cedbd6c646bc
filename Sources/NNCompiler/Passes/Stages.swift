/// The last accesses to a byte of memory: the stages of the last write and of the last read.
private struct LastAccess {
    var write = -1
    var read = -1
}

/// Sorts units, given in an order in which they can run, into stages: within a stage, none depends on
/// another.
///
/// A unit goes to the earliest stage after all earlier units on which it depends: by a read after a
/// write, a write after a write, or a write after a read of overlapping bytes. A view counts as the bytes
/// from its first element to its last, so updates of neighboring parameters are independent.
func stages<Work>(of units: [ProgramUnit<Work>]) -> [[ProgramUnit<Work>]] {
    var accesses: [ObjectIdentifier: ByteRangeMap<LastAccess>] = [:]
    let unused = ByteRangeMap(LastAccess())
    var stages: [[ProgramUnit<Work>]] = []
    for unit in units {
        let reads = unit.reads.map(\.bytes), writes = unit.writes.map(\.bytes)
        var stage = 0
        for (memory, range) in reads {
            for last in accesses[memory, default: unused].values(in: range) {
                stage = max(stage, last.write + 1)
            }
        }
        for (memory, range) in writes {
            for last in accesses[memory, default: unused].values(in: range) {
                stage = max(stage, last.write + 1, last.read + 1)
            }
        }
        if stage == stages.count { stages.append([]) }
        stages[stage].append(unit)
        for (memory, range) in reads {
            accesses[memory, default: unused].update(range) {
                $0.read = max($0.read, stage)
            }
        }
        for (memory, range) in writes {
            accesses[memory, default: unused].update(range) {
                $0.write = max($0.write, stage)
            }
        }
    }
    return stages
}

extension View {
    /// What tells memory apart, and the bytes in it from the first element to the end of the last: in
    /// the memory of a device, which storages may share, or in a storage that will get some.
    var bytes: (memory: ObjectIdentifier, range: Range<Int>) {
        guard let residence = storage.residence else {
            return (ObjectIdentifier(storage), byteRange)
        }
        let own = byteRange, start = residence.byteOffset
        return (
            ObjectIdentifier(residence.memory), start + own.lowerBound..<start + own.upperBound
        )
    }
}
