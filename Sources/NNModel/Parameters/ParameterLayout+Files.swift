import NNFiles
import NNGraph

extension ParameterLayout {
    /// The values in a file's tensors, which must be the model's parameters, all finite.
    ///
    /// - Throws: ``ModelError``.
    public func values(from file: Safetensors) throws -> ParameterValues {
        try check(file)
        func values(of entries: [Entry]) throws -> [Float] {
            try entries.flatMap { try numbers(of: $0, in: file) ?? [] }
        }
        return ParameterValues(
            trained: try values(of: entries), fixed: try values(of: fixedEntries))
    }

    /// The values in those of a file's tensors that fit, all others being as given.
    ///
    /// - Throws: ``ModelError/nothingFits(known:found:)`` if none does, and for numbers that are not finite.
    public func values(
        from file: Safetensors, where fits: PartialFit, others: ParameterValues
    ) throws -> ParameterValues {
        var values = others
        for entry in entries where fits.loaded.contains(entry.name) {
            values.trained.replaceSubrange(
                entry.range, with: try numbers(of: entry, in: file) ?? [])
        }
        for entry in fixedEntries where fits.loaded.contains(entry.name) {
            values.fixed.replaceSubrange(entry.range, with: try numbers(of: entry, in: file) ?? [])
        }
        return values
    }

    /// Which of the model's parameters a file has in the right shape.
    ///
    /// - Throws: ``ModelError/nothingFits(known:found:)`` if it has none.
    public func fit(of file: Safetensors) throws -> PartialFit {
        var fit = PartialFit()
        for entry in allEntries {
            let found = entry.names.compactMap { file.tensor(named: $0) }
            if let tensor = found.first, tensor.shape == entry.shape.dimensions {
                fit.loaded.append(entry.name)
            } else {
                fit.fresh.append(
                    PartialFit.Fresh(
                        name: entry.name, expected: entry.shape,
                        found: found.first.map { Shape($0.shape) }))
            }
        }
        let names = Set(allEntries.flatMap(\.names))
        fit.unused = file.tensors.filter { !names.contains($0.name) && !$0.isCounter }.map(\.name)
        guard !fit.loaded.isEmpty else {
            throw ModelError.nothingFits(
                known: allEntries.map(\.name), found: file.tensors.map(\.name))
        }
        return fit
    }

    /// The parameters as named tensors, tied ones under each of their names.
    public func tensors(from values: ParameterValues) throws -> [Safetensors.Tensor] {
        let trained = Set(entries.map(\.name))
        return try allEntries.flatMap { entry in
            let vector = trained.contains(entry.name) ? values.trained : values.fixed
            return try entry.names.map {
                try Safetensors.Tensor(
                    name: $0, shape: entry.shape.dimensions, floats: Array(vector[entry.range]))
            }
        }
    }

    /// Throws unless the file's tensors have the names and shapes of the model's parameters.
    package func check(_ file: Safetensors) throws {
        for entry in allEntries {
            guard let tensor = entry.names.lazy.compactMap({ file.tensor(named: $0) }).first
            else {
                throw ModelError.missingParameter(entry.name)
            }
            guard tensor.shape == entry.shape.dimensions else {
                throw ModelError.parameterShape(
                    name: entry.name, expected: entry.shape, found: Shape(tensor.shape))
            }
        }
        let names = Set(allEntries.flatMap(\.names))
        if let extra = file.tensors.first(where: { !names.contains($0.name) && !$0.isCounter }) {
            throw ModelError.unexpectedParameter(extra.name, known: allEntries.map(\.name))
        }
    }

    /// The numbers of a parameter; nil if the file has it under none of its names.
    ///
    /// - Throws: ``ModelError/tiedApart(first:second:)`` if it has others under another of its names.
    private func numbers(of entry: Entry, in file: Safetensors) throws -> [Float]? {
        let found = entry.names.compactMap { name in
            file.tensor(named: name).map { (name, $0.floats()) }
        }
        guard let (first, values) = found.first else { return nil }
        if let (second, _) = found.first(where: { $0.1 != values }),
            values.allSatisfy(\.isFinite)
        {
            throw ModelError.tiedApart(first: first, second: second)
        }
        guard values.allSatisfy(\.isFinite) else {
            throw ModelError.parameterNotFinite(name: entry.name)
        }
        return values
    }
}

/// Which of a model's parameters a file of other weights has.
public struct PartialFit: Sendable, Equatable, CustomStringConvertible {
    /// A parameter that begins anew.
    public struct Fresh: Sendable, Equatable {
        /// Its name.
        public let name: String
        /// Its shape.
        public let expected: Shape
        /// The shape that the file has under its name; nil if it has none.
        public let found: Shape?
    }

    /// The parameters that the file has in the right shape.
    public internal(set) var loaded: [String] = []
    /// Those that it lacks.
    public internal(set) var fresh: [Fresh] = []
    /// The file's tensors that the model has no use for.
    public internal(set) var unused: [String] = []

    /// One sentence: what was taken and what begins anew.
    public var description: String {
        guard !fresh.isEmpty else { return "All \(loaded.count) tensors fit." }
        let listed = fresh.prefix(8).map { fresh in
            fresh.name.printable + (fresh.found.map { " (\($0), not \(fresh.expected))" } ?? "")
        }
        let more = fresh.count > 8 ? " and \(fresh.count - 8) more" : ""
        return "\(fresh.count) of \(fresh.count + loaded.count) tensors do not fit and begin anew: "
            + listed.joined(separator: ", ") + more + "."
    }
}
