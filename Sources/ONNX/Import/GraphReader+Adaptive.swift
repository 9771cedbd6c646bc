import NNModel

// Means of equal parts of space.
extension GraphReader {
    /// The means of equal parts of the height, whose matrix stands first, or of the last axis; nil for another matrix.
    mutating func adaptiveMean(
        of term: Int, by matrix: ConstantTensor, isFirst: Bool, _ node: Node
    ) -> Value? {
        guard let shape = terms[term].shape, isFirst ? shape.count == 4 : (3...4) ~= shape.count,
            !terms[term].mergesRows, let sample = terms[term].sample,
            let sizes = try? matrix.shape(), sizes.count == 2
        else { return nil }
        let axis = isFirst ? 2 : shape.count - 1
        let (parts, extent) = isFirst ? (sizes[0], sizes[1]) : (sizes[1], sizes[0])
        guard (1..<(1 << 16)).contains(parts), sample[axis - 1] == extent, parts != extent,
            parts * extent <= AdaptiveMeans.maximumCount,
            (try? matrix.matrix(transposing: !isFirst))
                == AdaptiveMeans.matrix(parts: parts, of: extent),
            use(places: parts)
        else { return nil }
        var (base, outputs) = (term, Array(sample.dropFirst()))
        // Parts of one axis after the other are parts of both.
        if case .part(let part) = terms[term].kind, part.layer is AdaptiveAvgPool2d {
            base = terms[term].operands[0]
        }
        outputs[axis - 2] = parts
        var target = shape
        target[axis] = .known(parts)
        let layer: any Layer =
            shape.count == 3
            ? AdaptiveAvgPool1d(SpaceWindows.numbers(outputs))
            : AdaptiveAvgPool2d(SpaceWindows.numbers(outputs))
        return add(
            .part(LayerPart(layer: layer)), [base], shape: .some(target), node: node)
    }
}
