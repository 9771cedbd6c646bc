import NNGraph

extension ProgramBuilder {
    /// Makes a value end up in a storage of the caller: computed there if it can be, else copied.
    func deliver(_ value: Tensor, to storage: Storage) {
        let source = view(of: value)
        if source.isWholeOfUnplannedStorage {
            source.storage.residence = storage.residence
        } else {
            copy(source, to: View(storage, value.shape))
        }
    }

    /// Makes parameters take their new values, in place where nothing reads the old one later.
    func applyUpdates(_ updates: [Graph.Update]) {
        let targets = updates.map { view(of: $0.parameter) }
        let updated = Set(targets.map { ObjectIdentifier($0.storage) })
        // Old values that move on are set aside before any update may overwrite them.
        let sources = zip(updates, targets).map { update, target in
            let source = view(of: update.value)
            guard !source.isSame(as: target), updated.contains(ObjectIdentifier(source.storage))
            else { return source }
            let saved = View(
                Storage(source.storage.elementType, count: source.shape.count), source.shape)
            copy(source, to: saved)
            return saved
        }
        let readers = OldValueReaders(of: updated, in: units)
        var last: [(source: View, target: View)] = []
        for (source, target) in zip(sources, targets) where !source.isSame(as: target) {
            if source.isWholeOfUnplannedStorage, readers.allow(computing: source, in: target) {
                source.storage.residence = target.storage.residence
            } else {
                last.append((source, target))
            }
        }
        for (source, target) in last { copy(source, to: target) }
    }
}

/// Who reads the old values of parameters, and who writes what may replace them.
private struct OldValueReaders<Work> {
    private let units: [ProgramUnit<Work>]
    /// The last unit that reads each byte of a parameter; −1 if none does.
    private var lastReader: [ObjectIdentifier: ByteRangeMap<Int>] = [:]
    /// The units that write to each other storage.
    private var writers: [ObjectIdentifier: [Int]] = [:]

    init(of parameters: Set<ObjectIdentifier>, in units: [ProgramUnit<Work>]) {
        self.units = units
        for (index, unit) in units.enumerated() {
            for read in unit.reads where parameters.contains(ObjectIdentifier(read.storage)) {
                lastReader[ObjectIdentifier(read.storage), default: ByteRangeMap(-1)]
                    .update(read.byteRange) { $0 = max($0, index) }
            }
            for storage in Set(unit.writes.map { ObjectIdentifier($0.storage) }) {
                writers[storage, default: []].append(index)
            }
        }
    }

    /// Whether all reads of the old bytes that a unit overwrites come from earlier units, or from its own
    /// loop through a contiguous view of exactly these bytes.
    ///
    /// A value that is put together from parts is written by several units, each in its own place.
    func allow(computing source: View, in target: View) -> Bool {
        let readers = lastReader[ObjectIdentifier(target.storage)] ?? ByteRangeMap(-1)
        return writers[ObjectIdentifier(source.storage), default: []].allSatisfy { writer in
            units[writer].writes.filter { $0.storage === source.storage }.allSatisfy { written in
                let last = readers.values(in: written.byteRange).max() ?? -1
                return last < writer
                    || (last == writer && units[writer].replaces(target.storage, by: written))
            }
        }
    }
}

extension ProgramUnit {
    /// Whether an old value in `storage` is read only element by element as the new one, `written`,
    /// takes its place in memory.
    fileprivate func replaces(_ storage: Storage, by written: View) -> Bool {
        func meets(_ read: View) -> Bool {
            read.storage === storage && read.byteRange.overlaps(written.byteRange)
        }
        return !otherReads.contains(where: meets)
            && loops.allSatisfy { loop in
                let isOwn = loop.writes.contains { $0.isSame(as: written) }
                return loop.reads.filter(meets).allSatisfy { old in
                    isOwn && old.isContiguous && written.isContiguous
                        && old.byteRange == written.byteRange
                }
            }
    }
}

extension View {
    /// Whether the view is all of a storage whose memory is still to be chosen.
    fileprivate var isWholeOfUnplannedStorage: Bool {
        !storage.isPersistent && storage.residence == nil && isContiguous && offset == 0
            && storage.count == shape.count
    }
}
