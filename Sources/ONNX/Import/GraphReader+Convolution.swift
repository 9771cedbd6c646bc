import NNGraph
import NNModel

// Convolutions.
extension GraphReader {
    /// The result that a node reads first, and the sizes of its axes of space, which have to be known.
    func space(
        _ node: Node, axes: ClosedRange<Int> = 1...2
    ) throws(ONNXError) -> (term: Int, channels: Int, extents: [Int]) {
        let term = try numbers(0, of: node)
        guard let shape = terms[term].shape, axes.contains(shape.count - 2),
            !terms[term].mergesRows
        else {
            throw node.unsupported(
                "takes samples of \(terms[term].rank - 1) axes, where there are channels and "
                    + (axes.lowerBound == 1 ? "one or two axes of space" : "two axes of space"))
        }
        let sizes = shape.dropFirst().compactMap(\.number)
        guard sizes.count == shape.count - 1, sizes.allSatisfy({ $0 >= 1 }) else {
            throw node.unsupported("takes samples whose size the file does not say")
        }
        return (term, sizes[0], Array(sizes.dropFirst()))
    }

    /// A convolution, also a transposed one.
    mutating func convolution(_ node: Node) throws(ONNXError) -> Value {
        let isTransposed = node.operatorName == .convTranspose
        try node.checkAttributes(
            SpaceWindows.settings + ["group"]
                + (isTransposed ? ["output_padding", "output_shape"] : []))
        var (term, channels, extents) = try space(node, axes: isTransposed ? 2...2 : 1...2)
        let weight = try constant(1, of: node)
        let sizes = try weight.shape()
        let groups = Int(clamping: node.integer("group", default: 1))
        guard sizes.count == extents.count + 2, sizes.allSatisfy({ (1...1 << 24).contains($0) }),
            (1...1 << 24).contains(groups), sizes[0].isMultiple(of: groups)
        else {
            throw node.unsupported(
                "convolves in \(groups) groups with weights of the shape \(sizes.prefix(8))")
        }
        let inputs = isTransposed ? sizes[0] : sizes[1] * groups
        let outputs = isTransposed ? sizes[1] * groups : sizes[0]
        guard channels == inputs, outputs <= Int32.max else {
            throw node.unsupported("takes \(inputs) channels and gets \(channels)")
        }
        var windows = try SpaceWindows(
            of: node, over: extents, kernel: Array(sizes.dropFirst(2)), isTransposed: isTransposed)
        var mode = PaddingMode.zeros
        if case .padded(let padding) = terms[term].kind, !isTransposed {
            mode = try windows.taking(padding, node)
            term = terms[term].operands[0]
            extents = (terms[term].shape ?? []).dropFirst(2).compactMap(\.number)
        }
        var map = ConvolutionMap(
            options: ConvolutionOptions(
                inputs: inputs, outputs: outputs, kernel: windows.sizes, stride: windows.strides,
                padding: windows.padding, dilation: windows.dilations, groups: groups,
                paddingMode: mode),
            weight: weight, bias: node.inputs.count > 2 ? try constant(2, of: node) : nil,
            axisCount: extents.count)
        var results: [Int?]
        if isTransposed {
            let added = try outputPadding(node, windows, extents)
            map.outputPadding = SpaceWindows.numbers(added)
            results = zip(zip(windows.axes, extents), added).map { known, added in
                let (axis, extent) = known
                return (extent - 1) * axis.stride + axis.reach + added - axis.lower - axis.upper
            }
        } else {
            results = zip(windows.axes, extents).map { $0.count(over: $1) }
        }
        guard results.allSatisfy({ (1...Int(Int32.max)).contains($0 ?? 0) }) else {
            throw node.unsupported("has windows larger than its samples, or makes these too large")
        }
        return add(
            .convolution(map), [term],
            shape: [.batch, .known(outputs)] + results.map { .known($0 ?? 1) }, node: node)
    }

    /// The places that a transposed convolution has at the end of each axis.
    private func outputPadding(
        _ node: Node, _ windows: SpaceWindows, _ extents: [Int]
    ) throws(ONNXError) -> [Int] {
        guard !node.has("output_shape") else {
            throw node.unsupported("has an output_shape: export it with pads")
        }
        let given = node.integers("output_padding") ?? extents.map { _ in 0 }
        guard given.count == extents.count,
            zip(given, windows.axes).allSatisfy({
                $0 >= 0 && $0 < Int64(max($1.stride, $1.dilation))
            })
        else { throw node.unsupported("has the output_padding \(given.prefix(8))") }
        return given.map(Int.init)
    }
}

extension SpaceWindows {
    /// Adds what a node put around the samples, which lies beyond the edges of the windows then.
    mutating func add(_ padding: AxisPadding, _ node: Node) throws(ONNXError) {
        guard padding.lower[..<2] == [0, 0], padding.upper[..<2] == [0, 0] else {
            throw node.unsupported("takes samples with more channels than were computed")
        }
        for place in axes.indices {
            axes[place].lower += padding.lower[2 + place]
            axes[place].upper += padding.upper[2 + place]
        }
    }

    /// The same for a convolution: what lies there.
    mutating func taking(_ padding: AxisPadding, _ node: Node) throws(ONNXError) -> PaddingMode {
        let isBare = isBare
        try add(padding, node)
        if padding.mode == nil, padding.value == 0 { return .zeros }
        guard let mode = padding.mode, isBare else {
            throw node.unsupported(
                "takes samples that were padded in another way than it pads them")
        }
        return mode
    }
}
