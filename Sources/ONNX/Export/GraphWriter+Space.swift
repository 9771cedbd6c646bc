import NNGraph
import NNModel

// Layers over space, of which the padding is always written out.
extension GraphWriter {
    /// Writes a layer over space, whose result has the shape of what it takes still; nil for another layer.
    mutating func add(
        space layer: any Layer, at place: Place, from tip: Tip
    ) throws(ONNXError) -> Tip? {
        let count = tip.rank - 2
        do {
            switch layer {
            case let layer as any ConvolutionLayer:
                return try add(layer.options, at: place, from: tip)
            case let layer as ConvTranspose2d: return try add(layer, at: place, from: tip)
            case let layer as any MaxPoolLayer:
                let options = layer.options
                return add(
                    .maxPool, [tip.name], at: place.result(), tip,
                    try windows(
                        options.size, options.stride, options.padding, options.roundsUp, count)
                        + [.integers("dilations", try options.dilation.values(count))])
            case let layer as any AveragePoolLayer:
                let options = layer.options
                return add(
                    .averagePool, [tip.name], at: place.result(), tip,
                    try windows(
                        options.size, options.stride, options.padding, options.roundsUp, count)
                        + [.integer("count_include_pad", options.countsPadding ? 1 : 0)])
            case let layer as any AdaptiveAveragePoolLayer:
                return add(adaptive: try layer.outputs.values(count), at: place, from: tip)
            case let layer as Upsample:
                let scales = constant(
                    [1, 1] + (try layer.scale.values(count)).map { Float($0) }, [tip.rank],
                    at: place.result("scales"))
                return add(
                    .resize, [tip.name, "", scales], at: place.result(), tip,
                    [
                        .text("mode", "nearest"), .text("nearest_mode", "floor"),
                        .text("coordinate_transformation_mode", "asymmetric"),
                    ])
            default: return nil
            }
        } catch {
            throw unsupported(layer, at: place)
        }
    }

    private func windows(
        _ size: AxisNumbers, _ stride: AxisNumbers?, _ padding: AxisNumbers, _ roundsUp: Bool,
        _ count: Int
    ) throws(ModelError) -> [AttributeProto] {
        let pads = try padding.values(count)
        return [
            .integers("kernel_shape", try size.values(count)),
            .integers("strides", try (stride ?? size).values(count)),
            .integers("pads", pads + pads), .integer("ceil_mode", roundsUp ? 1 : 0),
        ]
    }

    // MARK: - Convolutions

    private mutating func add(
        _ options: ConvolutionOptions, at place: Place, from tip: Tip
    ) throws -> Tip {
        var axes = try options.axes(tip.rank - 2, of: "")
        var x = tip.name
        let modes: [PaddingMode: String] = [
            .reflect: "reflect", .replicate: "edge", .circular: "wrap",
        ]
        if let mode = modes[options.paddingMode] {
            let pads = constant(
                [0, 0] + axes.map(\.padding.lower) + [0, 0] + axes.map(\.padding.upper),
                at: place.result("pads"))
            x =
                add(.pad, [x, pads], at: place.result("padded"), tip, [.text("mode", mode)])
                .name
            for axis in axes.indices { axes[axis].padding = (0, 0) }
        }
        return add(
            .convolution, [x] + parameters(options, at: place), at: place.result(), tip,
            attributes(axes, options))
    }

    private mutating func add(
        _ layer: ConvTranspose2d, at place: Place, from tip: Tip
    ) throws -> Tip {
        let axes = try layer.options.axes(2, of: "")
        return add(
            .convTranspose, [tip.name] + parameters(layer.options, at: place), at: place.result(),
            tip,
            attributes(axes, layer.options) + [
                .integers("output_padding", try layer.outputPadding.values(2))
            ])
    }

    private func parameters(_ options: ConvolutionOptions, at place: Place) -> [String] {
        [place.parameter("weight")] + (options.hasBias ? [place.parameter("bias")] : [])
    }

    private func attributes(
        _ axes: [WindowAxis], _ options: ConvolutionOptions
    ) -> [AttributeProto] {
        [
            .integers("kernel_shape", axes.map(\.size)), .integers("strides", axes.map(\.stride)),
            .integers("pads", axes.map(\.padding.lower) + axes.map(\.padding.upper)),
            .integers("dilations", axes.map(\.dilation)),
            .integer("group", Int64(options.groups)),
        ]
    }

    // MARK: - Means of parts

    private mutating func add(adaptive parts: [Int], at place: Place, from tip: Tip) -> Tip? {
        let extents = Array(tip.sample.dropFirst())
        if parts.allSatisfy({ $0 == 1 }) {
            return add(.globalAveragePool, [tip.name], at: place.result(), tip)
        }
        if zip(extents, parts).allSatisfy({ $0.isMultiple(of: $1) }) {
            let sizes = zip(extents, parts).map { $0 / $1 }
            return add(
                .averagePool, [tip.name], at: place.result(), tip,
                [.integers("kernel_shape", sizes), .integers("strides", sizes)])
        }
        // A product for each axis, as parts may overlap. From the left it is one of the height.
        var result = tip
        for (axis, (extent, count)) in zip(extents, parts).enumerated() where extent != count {
            // What is larger is not read back.
            guard count * extent <= AdaptiveMeans.maximumCount else { return nil }
            let isHeight = axis == 0 && extents.count == 2
            let matrix = AdaptiveMeans.matrix(parts: count, of: extent)
            let name = constant(
                isHeight ? matrix : matrix.transposed([count, extent], [1, 0]),
                isHeight ? [count, extent] : [extent, count], at: place.result("parts\(axis)"))
            result = add(
                .matMul, isHeight ? [name, result.name] : [result.name, name],
                at: place.result("means\(axis)"), result)
        }
        return result
    }
}

extension AxisNumbers {
    /// The number of each of so many axes.
    fileprivate func values(_ count: Int) throws(ModelError) -> [Int] {
        try values(count, atLeast: 0, "", of: "")
    }
}
