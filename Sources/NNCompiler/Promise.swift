import NNGraph

/// What a pass may rely on, and how it is checked.
package enum Promise: String, Sendable, CaseIterable {
    /// Nothing is computed twice or for nothing.
    case isSimple = "equal computations are one, and no movement leaves everything as it is"
    /// Kernels read as few tensors from memory as they can.
    case isRecomputed = "what is cheaply made of one tensor is made where it is read"
    /// Each kernel can run when those before it have.
    case isFused = "every operation that needs a kernel is in one group, after all that it reads"
    /// Nothing about a member has to be guessed from its shape.
    case hasRoles = "every member has a role that its shape fits, and inner values stay inside"
    /// Leaves lie where the caller has them.
    case isPlaced = "every leaf has a storage"
    /// Units run in the order in which they stand.
    case isLowered = "units stay within their storages and read what is written before"
    /// The caller finds what it asked for.
    case isDelivered = "every output is written where the caller reads it"
    /// The next run finds the new values.
    case isUpdated = "every updated parameter is written, and nothing reads its old value later"
    /// Units of a stage may run in any order, and at once.
    case isStaged = "no unit of a stage touches what another one of it writes"
    /// Nobody's value is overwritten while it is needed.
    case isPlanned = "storages that live at the same time share no byte"

    /// What is against the promise; nil if it is kept.
    package func violation<Target>(in compilation: Compilation<Target>) -> String? {
        switch self {
        case .isSimple: compilation.repetition
        case .isRecomputed: compilation.graph.sharedRecomputable.map { "\($0) is read by several" }
        case .isFused: compilation.misplacedOperation
        case .hasRoles: compilation.groups.lazy.compactMap(\.misfit).first ?? compilation.lostResult
        case .isPlaced: compilation.lostLeaf
        case .isLowered: compilation.badAccess
        case .isDelivered: compilation.missingOutput
        case .isUpdated: compilation.missingUpdate ?? compilation.lateRead
        case .isStaged: compilation.collision
        case .isPlanned: compilation.overlap
        }
    }
}

// MARK: - Graphs and groups

extension Compilation {
    fileprivate var repetition: String? {
        var known: [Computation: Tensor] = [:]
        for node in graph.nodes where node.operation.leafName == nil {
            if let twin = known.updateValue(node, forKey: Computation(node)) {
                return "\(node) is computed twice, also as \(twin)"
            }
            if case .reshape = node.operation, node.type == node.operands[0].type {
                return "\(node) leaves everything as it is"
            }
        }
        return nil
    }

    fileprivate var misplacedOperation: String? {
        // What a tensor is a view of, or itself.
        var bases: [Tensor: Tensor] = [:]
        for node in graph.nodes {
            bases[node] = node.operation.isMovement ? bases[node.operands[0]] : node
        }
        var done: Set<Tensor> = []
        for group in groups {
            let members = group.members
            for member in members where !done.insert(member).inserted {
                return "\(member) is in two groups"
            }
            for operand in members.flatMap(\.operands) {
                let needed = bases[operand] ?? operand
                if needed.operation.isComputed, !done.contains(needed) {
                    return "\(needed) is read before it is computed"
                }
            }
        }
        let missing = graph.nodes.first { $0.operation.isComputed && !done.contains($0) }
        return missing.map { "\($0) is in no group" }
    }

    /// A member that is read outside of its group and is no output of it.
    fileprivate var lostResult: String? {
        var home: [Tensor: Int] = [:]
        for (index, group) in groups.enumerated() {
            for member in group.members { home[member] = index }
        }
        var read = Set(graph.outputs.map(\.value) + graph.updates.map(\.value))
        for node in graph.nodes {
            read.formUnion(node.operands.filter { home[$0] != nil && home[$0] != home[node] })
        }
        for (index, group) in groups.enumerated() {
            let outputs = Set(group.outputs)
            let lost = group.members.first { read.contains($0) && !outputs.contains($0) }
            if let lost {
                return "\(lost) is read outside of group \(index), which keeps it inside"
            }
        }
        return nil
    }

    fileprivate var lostLeaf: String? {
        let lost = graph.leaves.first { builder?.placement.knownView(of: $0.tensor) == nil }
        return lost.map { "\($0.name) has none" }
    }
}

extension KernelGroup {
    /// A member whose role does not suit it.
    fileprivate var misfit: String? {
        func first(_ members: [Tensor], unlike shape: Shape?) -> Tensor? {
            members.first { !$0.operation.isElementwise || $0.shape != shape ?? $0.shape }
        }
        if let misfit = first(prologue, unlike: source?.operands[0].shape) {
            return "\(misfit) is no prologue of \(source.map(\.description) ?? "nothing")"
        }
        if let misfit = first(epilogue, unlike: source?.shape ?? epilogue.first?.shape) {
            return "\(misfit) is no epilogue of \(source.map(\.description) ?? "its group")"
        }
        if let sums = columnSums, let misfit = first(sums.epilogue, unlike: sums.sums.shape) {
            return "\(misfit) is no epilogue of \(sums.sums)"
        }
        if let loss, let misfit = first(loss.epilogue, unlike: loss.value?.shape) {
            return "\(misfit) is no epilogue of a loss"
        }
        let own = Set(members)
        return outputs.first { !own.contains($0) }.map { "\($0) is an output and no member" }
    }
}

// MARK: - Units

extension Compilation {
    /// A unit that leaves its storage, or reads what nobody has written.
    fileprivate var badAccess: String? {
        var written: Set<ObjectIdentifier> = []
        for unit in units {
            for view in unit.reads + unit.writes {
                let range = view.byteRange
                guard range.lowerBound >= 0, range.upperBound <= view.storage.byteCount else {
                    return "\(unit.label) touches bytes \(range) of \(view.storage.byteCount)"
                }
            }
            let unwritten = unit.reads.first {
                !$0.storage.isPersistent && !written.contains(ObjectIdentifier($0.storage))
            }
            if unwritten != nil { return "\(unit.label) reads what nobody has written" }
            written.formUnion(unit.writes.map { ObjectIdentifier($0.storage) })
        }
        return nil
    }

    fileprivate var missingOutput: String? {
        let written = writtenBytes
        let missing = graph.outputs.first { output in
            boundary[output.name].map { !isWritten($0, in: written) } ?? false
        }
        return missing.map { "\($0.name) is not" }
    }

    fileprivate var missingUpdate: String? {
        let written = writtenBytes
        let missing = graph.updates.first { update in
            guard let target = builder?.placement.knownView(of: update.parameter),
                let source = builder?.placement.knownView(of: update.value),
                !source.isSame(as: target)
            else { return false }
            return !isWritten(target.storage, in: written)
        }
        return missing.map { "\($0.parameter) is not written" }
    }

    /// Which bytes of each memory a unit writes.
    private var writtenBytes: [ObjectIdentifier: ByteRangeMap<Bool>] {
        var written: [ObjectIdentifier: ByteRangeMap<Bool>] = [:]
        for (memory, range) in units.lazy.flatMap(\.writes).map(\.bytes) {
            written[memory, default: ByteRangeMap(false)].update(range) { $0 = true }
        }
        return written
    }

    /// Whether units write all of a storage; where it has no place nothing can be said.
    private func isWritten(
        _ storage: Storage, in written: [ObjectIdentifier: ByteRangeMap<Bool>]
    ) -> Bool {
        guard let residence = storage.residence, storage.byteCount > 0 else { return true }
        let place = residence.byteOffset..<residence.byteOffset + storage.byteCount
        let bytes = written[ObjectIdentifier(residence.memory), default: ByteRangeMap(false)]
        return bytes.values(in: place).allSatisfy { $0 }
    }

    /// A unit that reads the old value of an updated parameter where another has written the new one.
    fileprivate var lateRead: String? {
        let old = Set(
            graph.updates.compactMap { builder?.placement.knownView(of: $0.parameter)?.storage }
                .map { ObjectIdentifier($0) })
        var writers: [ObjectIdentifier: ByteRangeMap<Int>] = [:]
        for (index, unit) in units.enumerated() {
            for read in unit.reads where old.contains(ObjectIdentifier(read.storage)) {
                let (memory, range) = read.bytes
                let earlier = writers[memory, default: ByteRangeMap(-1)].values(in: range)
                if earlier.contains(where: { $0 >= 0 }) {
                    return "\(unit.label) reads an old value that is gone"
                }
            }
            for (memory, range) in unit.writes.map(\.bytes) {
                writers[memory, default: ByteRangeMap(-1)].update(range) { $0 = index }
            }
        }
        return nil
    }

    fileprivate var collision: String? {
        for stage in stages {
            var writers: [ObjectIdentifier: ByteRangeMap<Int>] = [:]
            for (index, unit) in stage.enumerated() {
                for (memory, range) in unit.writes.map(\.bytes) {
                    let others = writers[memory, default: ByteRangeMap(-1)].values(in: range)
                    if others.contains(where: { $0 >= 0 && $0 != index }) {
                        return "\(unit.label) writes what another unit writes"
                    }
                    writers[memory, default: ByteRangeMap(-1)].update(range) { $0 = index }
                }
            }
            for (index, unit) in stage.enumerated() {
                for (memory, range) in unit.reads.map(\.bytes) {
                    guard let others = writers[memory]?.values(in: range) else { continue }
                    if others.contains(where: { $0 >= 0 && $0 != index }) {
                        return "\(unit.label) reads what another unit writes"
                    }
                }
            }
        }
        return nil
    }

    fileprivate var overlap: String? {
        guard let memory else { return "there is no plan" }
        let lives = Dictionary(
            uniqueKeysWithValues: Life.all(in: stages).map { (ObjectIdentifier($0.storage), $0) })
        var users: [Int: ByteRangeMap<Int>] = [:]
        var planned = 0
        for (storage, arena, byteOffset) in memory.places {
            guard let life = lives[ObjectIdentifier(storage)] else { continue }
            planned += 1
            guard byteOffset + storage.byteCount <= memory.arenas[arena] else {
                return "a storage goes beyond its arena"
            }
            // Places come in the order of their beginnings: who had the bytes before must be done.
            let range = byteOffset..<byteOffset + storage.byteCount
            if users[arena]?.values(in: range).contains(where: { $0 >= life.first }) == true {
                return "a storage gets bytes that another one still needs"
            }
            users[arena, default: ByteRangeMap(-1)].update(range) { $0 = life.last }
        }
        return planned == lives.count ? nil : "\(lives.count - planned) storages have no place"
    }
}
