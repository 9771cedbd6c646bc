import NNModel

// Poolings.
extension GraphReader {
    mutating func maxPool(_ node: Node) throws(ONNXError) -> Value {
        try node.checkAttributes(SpaceWindows.settings + ["ceil_mode", "storage_order"])
        var (term, channels, extents) = try space(node)
        var windows = try SpaceWindows(of: node, over: extents)
        let isUp = node.integer("ceil_mode", default: 0) != 0
        if case .padded(let padding) = terms[term].kind, padding.mode == nil, !isUp,
            padding.value <= -.greatestFiniteMagnitude
        {
            try windows.add(padding, node)
            term = terms[term].operands[0]
            extents = (terms[term].shape ?? []).dropFirst(2).compactMap(\.number)
        }
        guard let roundsUp = windows.roundsUp(over: extents, asked: isUp) else {
            throw node.unsupported("pads its windows otherwise before an axis than behind it")
        }
        let options = MaxPoolOptions(
            windows.sizes, stride: windows.strides, padding: windows.lower,
            dilation: windows.dilations, roundsUp: roundsUp)
        return try pooled(
            term, extents.count == 1 ? MaxPool1d(options) : MaxPool2d(options), channels,
            zip(windows.axes, extents).map { $0.count(over: $1, roundsUp: isUp) },
            places: windows.axes.map(\.size), node)
    }

    mutating func averagePool(_ node: Node) throws(ONNXError) -> Value {
        try node.checkAttributes(SpaceWindows.settings + ["ceil_mode", "count_include_pad"])
        let (term, channels, extents) = try space(node)
        let windows = try SpaceWindows(of: node, over: extents)
        let isUp = node.integer("ceil_mode", default: 0) != 0
        let counts = node.integer("count_include_pad", default: 0) != 0 || windows.isBare
        let isEven = windows.axes.allSatisfy { $0.lower == $0.upper }
        guard windows.axes.allSatisfy({ $0.dilation == 1 }), isEven || !counts,
            let roundsUp = windows.roundsUp(over: extents, asked: isUp)
        else {
            throw node.unsupported(
                "takes means of windows with gaps, or pads them otherwise before an axis than behind it"
            )
        }
        let options = AveragePoolOptions(
            windows.sizes, stride: windows.strides, padding: windows.lower, roundsUp: roundsUp,
            countsPadding: counts)
        return try pooled(
            term, extents.count == 1 ? AvgPool1d(options) : AvgPool2d(options), channels,
            zip(windows.axes, extents).map { $0.count(over: $1, roundsUp: isUp) },
            places: windows.axes.map(\.size), node)
    }

    private mutating func pooled(
        _ term: Int, _ layer: any Layer, _ channels: Int, _ results: [Int?], places: [Int],
        _ node: Node
    ) throws(ONNXError) -> Value {
        guard results.allSatisfy({ ($0 ?? 0) >= 1 }) else {
            throw node.unsupported("has windows larger than its samples")
        }
        guard places.checkedProduct.map({ use(places: $0) }) ?? false else {
            throw node.unsupported("has larger windows than are read")
        }
        return add(
            .part(LayerPart(layer: layer)), [term],
            shape: [.batch, .known(channels)] + results.map { .known($0 ?? 1) }, node: node)
    }

    /// The mean or the largest number of each channel.
    mutating func globalPool(_ node: Node) throws(ONNXError) -> Value {
        try node.checkAttributes([])
        let (term, channels, extents) = try space(node)
        guard node.operatorName == .globalMaxPool else {
            return mean(of: term, along: Array(2..<extents.count + 2), node)
        }
        let options = MaxPoolOptions(SpaceWindows.numbers(extents))
        return try pooled(
            term, extents.count == 1 ? MaxPool1d(options) : MaxPool2d(options), channels,
            extents.map { _ in 1 }, places: extents, node)
    }

    /// The mean along axes, each of which keeps one place.
    mutating func mean(of term: Int, along axes: [Int], _ node: Node) -> Value {
        var shape = terms[term].shape
        for axis in axes { shape?[axis] = .known(1) }
        return add(.mean(axes), [term], shape: .some(shape), node: node)
    }

    /// A mean along axes that are left out or not.
    mutating func reduceMean(_ node: Node) throws(ONNXError) -> Value {
        try node.checkAttributes(["axes", "keepdims", "noop_with_empty_axes"])
        let (term, order) = straight(try numbers(0, of: node))
        let rank = terms[term].rank
        let given = try integers("axes", orInput: 1, of: node) ?? []
        let places = given.map { $0 < 0 ? $0 + rank : $0 }
        guard !places.isEmpty, places.allSatisfy({ (1..<rank).contains($0) }),
            Set(places).count == places.count
        else { throw node.unsupported("takes a mean that no layer takes") }
        var axes = places
        if case .axes(let order) = order { axes = places.map { order[$0] } }
        if case .columns = order { throw node.unsupported("takes a mean of flattened samples") }
        let result = mean(of: term, along: axes.sorted(), node)
        let kept = ordered(result, order, node)
        guard node.integer("keepdims", default: 1) == 0, case .term(let means) = kept,
            let shape = terms[means].shape
        else { return kept }
        let rest = shape.indices.filter { !places.contains($0) }
        guard case .term(let base) = result, rest.count <= 2 else {
            throw node.unsupported("leaves out axes of a mean that no layer takes")
        }
        return reshape(base, to: rest.map { shape[$0] }, node)
    }
}
