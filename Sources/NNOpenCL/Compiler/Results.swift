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

    /// Whether everything that reads the target's old value does so before, or element by element
    /// while, the new one is written.
    private func isSafe(toCompute source: View, in target: View) -> Bool {
        guard
            let writer = units.firstIndex(where: { unit in
                unit.writes.contains { $0.storage === source.storage }
            })
        else { return false }
        return units.indices.allSatisfy { index in
            let readings = units[index].reads.filter { $0.storage === target.storage }
            return readings.isEmpty || index < writer
                || (index == writer && units[index].isElementwise
                    && readings.allSatisfy {
                        $0.isContiguous && $0.shape.count == target.shape.count
                    })
        }
    }
}

extension View {
    /// Whether the view is all of a storage whose memory is still to be chosen.
    fileprivate var isWholeOfUnplannedStorage: Bool {
        storage.buffer == nil && isContiguous && offset == 0 && storage.count == shape.count
    }
}
