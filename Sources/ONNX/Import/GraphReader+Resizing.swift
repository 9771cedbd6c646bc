import NNGraph
import NNModel

// Space with more places.
extension GraphReader {
    /// Each place as often as a whole number says.
    mutating func resized(_ node: Node) throws(ONNXError) -> Value {
        try node.checkAttributes([
            "coordinate_transformation_mode", "cubic_coeff_a", "exclude_outside",
            "extrapolation_value", "keep_aspect_ratio_policy", "mode", "nearest_mode", "antialias",
            "scales",
        ])
        let (term, channels, extents) = try space(node, axes: 2...2)
        let mode = node.text("mode", default: "nearest")
        let places = node.text(
            "coordinate_transformation_mode",
            default: node.operatorName == .upsample || operatorSet < 11
                ? "asymmetric" : "half_pixel")
        let rounding = node.text(
            "nearest_mode",
            default: node.operatorName == .upsample || operatorSet < 11
                ? "floor" : "round_prefer_floor")
        // With a whole factor, the middle of a place lies within the place that it comes from.
        let isRepeated =
            places == "asymmetric"
            ? rounding == "floor"
            : places.hasSuffix("half_pixel") && rounding.hasPrefix("round")
                || places == "tf_half_pixel_for_nn" && rounding == "floor"
        guard mode == "nearest", isRepeated else {
            throw node.unsupported(
                "resizes by \(mode.excerpt) and \(places.excerpt) coordinates instead of repeating places"
            )
        }
        let factors = try scales(node, of: [channels] + extents)
        guard factors.count == 4, factors[0] == 1, factors[1] == 1,
            zip(extents, factors.dropFirst(2)).allSatisfy({ $0 * $1 <= Int32.max })
        else {
            throw node.unsupported(
                "resizes by other factors than whole numbers along axes of space")
        }
        return add(
            .part(LayerPart(layer: Upsample(SpaceWindows.numbers(Array(factors.dropFirst(2)))))),
            [term],
            shape: [.batch, .known(channels)]
                + zip(extents, factors.dropFirst(2)).map { .known($0 * $1) }, node: node)
    }

    /// The whole factors along each axis; none if they are other ones.
    private func scales(_ node: Node, of sample: [Int]) throws(ONNXError) -> [Int] {
        let place = node.operatorName == .upsample || operatorSet < 11 ? 1 : 2
        if node.inputs.count > 3, let sizes = try sizes(3, of: node) {
            let numbers = sizes.elements.dropFirst().map { $0.number ?? 0 }
            let first = sizes.elements.first
            guard first == .batch || batch != nil && first?.number == batch,
                numbers.count == sample.count,
                zip(numbers, sample).allSatisfy({ $0 > 0 && $0 <= 1 << 20 && $0 % $1 == 0 })
            else { return [] }
            return [1] + zip(numbers, sample).map { $0 / $1 }
        }
        var factors = node.floats("scales")
        if node.inputs.count > place, !node.inputs[place].isEmpty {
            let constant = try constant(place, of: node)
            guard try constant.shape().checkedProduct ?? 9 <= 8 else { return [] }
            factors = try constant.values()
        }
        guard factors.allSatisfy({ $0 >= 1 && $0 <= 4096 && $0 == $0.rounded() }) else {
            return []
        }
        return factors.map { Int($0) }
    }

    /// Samples with something around them, which the layer behind it takes along.
    mutating func padded(_ node: Node) throws(ONNXError) -> Value {
        try node.checkAttributes(["mode", "pads", "value"])
        let (term, order) = straight(try numbers(0, of: node))
        let rank = terms[term].rank
        let modes: [String: PaddingMode] = [
            "reflect": .reflect, "edge": .replicate, "wrap": .circular,
        ]
        let text = node.text("mode", default: "constant")
        guard text == "constant" || modes[text] != nil else {
            throw node.unsupported("pads by \(text.excerpt)")
        }
        var value = node.float("value", default: 0)
        if node.inputs.count > 2, !node.inputs[2].isEmpty {
            guard let number = try constant(2, of: node).number else {
                throw node.unsupported("pads by a number that is not known")
            }
            value = number
        }
        let pads = try integers("pads", orInput: 1, of: node) ?? []
        var axes = Array(0..<rank)
        if node.inputs.count > 3, let given = try sizes(3, of: node) {
            axes = given.elements.map {
                ($0.number ?? rank) < 0 ? ($0.number ?? 0) + rank : $0.number ?? rank
            }
        }
        guard pads.count == 2 * axes.count, axes.allSatisfy({ (0..<rank).contains($0) }),
            pads.allSatisfy({ (0...1 << 20).contains($0) })
        else { throw node.unsupported("pads by \(pads.prefix(8))") }
        var padding = AxisPadding(
            mode: modes[text], value: value, lower: Array(repeating: 0, count: rank),
            upper: Array(repeating: 0, count: rank))
        for (place, axis) in axes.enumerated() {
            var base = axis
            if case .axes(let order) = order { base = order[axis] }
            padding.lower[base] = pads[place]
            padding.upper[base] = pads[axes.count + place]
        }
        guard pads.contains(where: { $0 != 0 }) else { return ordered(.term(term), order, node) }
        var shape = terms[term].shape
        for axis in 0..<rank {
            if let size = shape?[axis].number {
                shape?[axis] = .known(size + padding.lower[axis] + padding.upper[axis])
            }
        }
        return ordered(
            add(.padded(padding), [term], shape: .some(shape), node: node), order, node)
    }
}
