import NNGraph

extension Lowering {
    /// Makes a value end up in a buffer of the caller: computed there if it can be, else copied.
    func deliver(_ value: Tensor, to buffer: Buffer) throws {
        let source = try view(of: value)
        if source.isWholeOfUnplannedStorage {
            source.storage.buffer = buffer
        } else {
            let storage = Storage(value.type.elementType, count: value.shape.count, buffer: buffer)
            copy(source, to: View(storage, value.shape))
        }
    }

    /// Makes parameters take their new values, in place where nothing reads the old one later.
    func applyUpdates(_ updates: [Graph.Update]) throws {
        let targets = try updates.map { try view(of: $0.parameter) }
        // Old values that move on are set aside before any update may overwrite them.
        let sources = try zip(updates, targets).map { update, target in
            let source = try view(of: update.value)
            guard !source.isSame(as: target),
                targets.contains(where: { $0.storage === source.storage })
            else { return source }
            let saved = View(
                Storage(source.storage.elementType, count: source.shape.count), source.shape)
            copy(source, to: saved)
            return saved
        }
        var last: [(source: View, target: View)] = []
        for (source, target) in zip(sources, targets) where !source.isSame(as: target) {
            if source.isWholeOfUnplannedStorage, isSafe(toCompute: source, in: target) {
                source.storage.buffer = target.storage.buffer
            } else {
                last.append((source, target))
            }
        }
        for (source, target) in last { copy(source, to: target) }
    }

    /// Whether everything that reads a part of the target's old value does so before, or element by
    /// element while, the same part of the new one is written.
    ///
    /// A value that is put together from parts is written by several units, each in its own place.
    private func isSafe(toCompute source: View, in target: View) -> Bool {
        units.indices.allSatisfy { writer in
            units[writer].writes.filter { $0.storage === source.storage }.allSatisfy { written in
                units.indices.allSatisfy { reader in
                    reader < writer
                        || units[reader].reads.allSatisfy { read in
                            read.storage !== target.storage || !read.touches(written.range)
                                || (reader == writer
                                    && units[reader].reads(read, alongWith: written))
                        }
                }
            }
        }
    }
}

extension Unit {
    /// Whether an old value is read only element by element as the new one, `written`, takes its
    /// place in memory.
    fileprivate func reads(_ old: View, alongWith written: View) -> Bool {
        let isElementwise = { (view: View) in view.storage === old.storage && view.isSame(as: old) }
        return reads.count(where: isElementwise) == elementwiseReads.count(where: isElementwise)
            && old.isContiguous && written.isContiguous && old.range == written.range
    }
}

extension View {
    /// Whether the view is all of a storage whose memory is still to be chosen.
    fileprivate var isWholeOfUnplannedStorage: Bool {
        storage.buffer == nil && isContiguous && offset == 0 && storage.count == shape.count
    }

    fileprivate func touches(_ other: Range<Int>) -> Bool { range.overlaps(other) }
}
