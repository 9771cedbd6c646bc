import NNFiles

/// A file of weights under the names that a model has for them.
public struct NamedWeights: Sendable {
    /// The weights.
    public let file: Safetensors
    /// How their names were changed, a clause; nil if they fit as they are.
    public let remark: String?
}

extension ParameterLayout {
    /// The weights of a file under the model's names: as they are, else without what is in front of all of them
    /// (`module.`, `_orig_mod.`, `layers.`), else layer by layer in the order in which the file counts them.
    ///
    /// - Parameters:
    ///   - file: The weights.
    ///   - isPartial: Whether it is enough that one fits (``fit(of:)``).
    /// - Returns: The same weights.
    /// - Throws: ``ModelError``, if no names fit.
    public func named(_ file: Safetensors, partially isPartial: Bool = false) throws -> NamedWeights
    {
        func fits(_ file: Safetensors) -> Bool {
            isPartial ? (try? fit(of: file)) != nil : (try? check(file)) != nil
        }
        if fits(file) { return NamedWeights(file: file, remark: nil) }
        let prefixes = file.commonPrefixes
        for prefix in prefixes {
            guard let bare = file.dropping(prefix: prefix), fits(bare) else { continue }
            return NamedWeights(
                file: bare, remark: "\(prefix.excerpt) in front of all names is left out")
        }
        if !isPartial, let ordered = try inOrder(file), fits(ordered.file) { return ordered }
        // Where names fit and shapes do not, the prefix is not what is wrong.
        guard let prefix = prefixes.first,
            !allEntries.contains(where: { $0.names.contains { file.tensor(named: $0) != nil } })
        else { return NamedWeights(file: file, remark: nil) }
        throw ModelError.prefixedNames(
            prefix: prefix, known: allEntries.map(\.name), found: file.tensors.map(\.name))
    }

    /// The weights of a file whose layers are counted, each under the name of the model's layer in its place.
    private func inOrder(_ file: Safetensors) throws -> NamedWeights? {
        guard let found = file.countedLayers else { return nil }
        var stems: [String] = []
        for entry in allEntries where stems.last != entry.name.stem {
            stems.append(entry.name.stem)
        }
        guard stems.count == found.count else { return nil }
        let renamed = try Safetensors(
            zip(stems, found).flatMap { stem, layer in
                try layer.tensors.map { leaf, tensor in
                    try tensor.renamed(stem.isEmpty ? leaf : "\(stem).\(leaf)")
                }
            })
        let pairs = zip(found, stems).prefix(3).map { "\($0.stem.printable) as \($1.printable)" }
        let more = stems.count > 3 ? ", …" : ""
        return NamedWeights(
            file: renamed,
            remark: "layers are taken in their order: \(pairs.joined(separator: ", "))\(more)")
    }
}

extension Safetensors {
    /// A layer of a file that counts its layers.
    package struct CountedLayer {
        /// What its tensors' names begin with, such as `layers.3`.
        let stem: String
        /// Its number.
        let number: Int
        /// Its tensors, by the last part of their names.
        package fileprivate(set) var tensors: [(leaf: String, tensor: Tensor)]
    }

    /// The layers in the order of their numbers, if their names differ in one number alone, as `0.weight` and
    /// `2.weight` do, or `fc1.weight` and `fc2.weight`.
    package var countedLayers: [CountedLayer]? {
        var layers: [Int: CountedLayer] = [:]
        var frame: (head: Substring, tail: Substring)?
        for tensor in tensors + renamed where !tensor.isCounter {
            let stem = tensor.name.stem
            guard let match = stem.wholeMatch(of: #/(.*?)([0-9]{1,9})([^0-9]*)/#),
                let number = Int(match.2), frame.map({ $0 == (match.1, match.3) }) ?? true
            else { return nil }
            frame = (match.1, match.3)
            let leaf = String(tensor.name.dropFirst(stem.count + 1))
            layers[number, default: CountedLayer(stem: stem, number: number, tensors: [])]
                .tensors.append((leaf, tensor))
        }
        return layers.isEmpty ? nil : layers.values.sorted { $0.number < $1.number }
    }

    /// What all names have in front, up to a dot, the shortest first.
    package var commonPrefixes: [String] {
        guard let first = tensors.first?.name else { return [] }
        let parts = first.split(separator: ".", omittingEmptySubsequences: false)
        var (prefix, prefixes) = ("", [String]())
        for part in parts.dropLast().prefix(8) {
            prefix += "\(part)."
            guard tensors.allSatisfy({ $0.name.hasPrefix(prefix) }) else { break }
            prefixes.append(prefix)
        }
        return prefixes
    }

    /// The tensors whose names begin so, without that; nil if there are none.
    public func dropping(prefix: String) -> Safetensors? {
        func bare(_ name: String) -> String? {
            name.hasPrefix(prefix) && name != prefix ? String(name.dropFirst(prefix.count)) : nil
        }
        let kept = tensors.compactMap { tensor in
            bare(tensor.name).flatMap { try? tensor.renamed($0) }
        }
        // Names for other names are such metadata, and what else there is stays.
        let metadata = Dictionary(
            metadata.map { key, value in
                guard let key = bare(key), let value = bare(value) else { return (key, value) }
                return (key, value)
            }
        ) { $1 }
        return kept.isEmpty ? nil : try? Safetensors(kept, metadata: metadata)
    }

    /// The tensors that the metadata name by the names of others, under their own.
    private var renamed: [Tensor] {
        metadata.sorted { $0.key < $1.key }.compactMap { name, other in
            self[name] == nil ? self[other].flatMap { try? $0.renamed(name) } : nil
        }
    }

    /// The tensor of a name, or of the one that the metadata name in its place, as safetensors' `save_model` writes it
    /// where two names share their numbers.
    func tensor(named name: String) -> Tensor? {
        self[name] ?? metadata[name].flatMap { self[$0] }
    }
}

extension Safetensors.Tensor {
    /// Whether it is PyTorch's count of batches, which no layer here needs.
    var isCounter: Bool {
        shape.isEmpty && elementType == .int64
            && (name == Self.counter || name.hasSuffix(".\(Self.counter)"))
    }

    private static let counter = "num_batches_tracked"

    fileprivate func renamed(_ name: String) throws -> Safetensors.Tensor {
        try Safetensors.Tensor(name: name, shape: shape, elementType: elementType, bytes: bytes)
    }
}

extension String {
    /// What is in front of the last dot.
    fileprivate var stem: String {
        lastIndex(of: ".").map { String(self[..<$0]) } ?? ""
    }
}
