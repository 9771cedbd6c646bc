import NNGraph

extension Compilation {
    /// The program as the last pass has left it, a line for each operation, kernel, unit or storage:
    /// whichever of these there are by now.
    package var lines: [String] {
        if let memory { return memory.lines }
        if !stages.isEmpty {
            return stages.enumerated().map { index, units in
                "stage \(index): \(units.map(\.label).joined(separator: " & "))"
            }
        }
        if !units.isEmpty { return units.map(\.line) }
        if !groups.isEmpty { return groups.map(\.line) }
        return graph.lines
    }
}

extension Graph {
    /// The operations, each with the numbers of its operands.
    fileprivate var lines: [String] {
        let numbers = Dictionary(uniqueKeysWithValues: nodes.enumerated().map { ($1, $0) })
        return nodes.enumerated().map { index, node in
            let operands = node.operands.map { "%\(numbers[$0] ?? -1)" }.joined(separator: ", ")
            let name = node.operation.leafName.map { " \"\($0)\"" } ?? ""
            return "%\(index) = \(node)\(name)\(operands.isEmpty ? "" : " of \(operands)")"
        }
    }
}

extension KernelGroup {
    /// The members by their roles.
    fileprivate var line: String {
        func names(_ members: [Tensor]) -> String {
            members.map(\.operation.name).joined(separator: "·")
        }
        var roles: [String] = []
        if !prologue.isEmpty { roles.append("prologue \(names(prologue))") }
        if let source { roles.append("source \(source)") }
        if !epilogue.isEmpty {
            let isAlone = source == nil
            let shape = isAlone ? " \(epilogue[0].type)" : ""
            roles.append("\(isAlone ? "elementwise" : "epilogue") \(names(epilogue))\(shape)")
        }
        if let columnSums {
            roles.append("column sums \(names([columnSums.sums] + columnSums.epilogue))")
        }
        if let loss {
            let parts = [loss.value, loss.gradient, loss.prediction].compactMap(\.self)
            roles.append("loss \(names(parts + loss.epilogue))")
        }
        return roles.joined(separator: ", ")
    }
}

extension ProgramUnit {
    fileprivate var line: String {
        func bytes(_ views: [View]) -> Int { views.map(\.byteCount).reduce(0, +) }
        return "\(label): reads \(bytes(reads)) bytes, writes \(bytes(writes))"
    }
}

extension MemoryPlan {
    fileprivate var lines: [String] {
        arenas.enumerated().map { "arena \($0): \($1) bytes" }
            + places.map { storage, arena, byteOffset in
                "\(storage.count) × \(storage.elementType.rawValue) at byte \(byteOffset) of arena \(arena)"
            }
    }
}
