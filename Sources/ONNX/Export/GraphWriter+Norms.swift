import NNModel

// Normalizations outside of training.
extension GraphWriter {
    /// Writes a normalization; nil for another layer.
    mutating func add(norm layer: any Layer, at place: Place, from tip: Tip) -> Tip? {
        switch layer {
        case let layer as LayerNorm:
            return add(
                .layerNormalization,
                [tip.name, place.parameter("weight"), place.parameter("bias")],
                at: place.result(), tip,
                [.integer("axis", -1), .float("epsilon", Float(layer.epsilon))])
        case let layer as BatchNorm:
            let (weight, bias) = affine(layer.isAffine, layer.channels, at: place)
            return add(
                .batchNormalization,
                [
                    tip.name, weight, bias, place.parameter("running_mean"),
                    place.parameter("running_var"),
                ], at: place.result(), tip,
                [
                    .float("epsilon", Float(layer.epsilon)),
                    .float("momentum", Float(1 - (layer.momentum ?? 0))),
                ])
        case let layer as InstanceNorm:
            let (weight, bias) = affine(layer.isAffine, layer.channels, at: place)
            return add(
                .instanceNormalization, [tip.name, weight, bias], at: place.result(), tip,
                [.float("epsilon", Float(layer.epsilon))])
        case let layer as GroupNorm: return add(layer, at: place, from: tip)
        case let layer as RMSNorm: return add(layer, at: place, from: tip)
        default: return nil
        }
    }

    /// The names of a weight and a bias, of 1 and 0 if the layer has none.
    private mutating func affine(
        _ isAffine: Bool, _ count: Int, at place: Place
    ) -> (weight: String, bias: String) {
        isAffine
            ? (place.parameter("weight"), place.parameter("bias"))
            : (
                constant(Array(repeating: 1, count: count), [count], at: place.result("scale")),
                constant(Array(repeating: 0, count: count), [count], at: place.result("shift"))
            )
    }

    /// Groups as the channels of an instance normalization: this version of the operators has a weight for each group,
    /// where the layer has one for each channel.
    private mutating func add(_ layer: GroupNorm, at place: Place, from tip: Tip) -> Tip {
        let shape = constant([0, layer.groups, -1], at: place.result("groups.shape"))
        var groups = add(.reshape, [tip.name, shape], at: place.result("groups"), tip)
        let (scale, shift) = affine(false, layer.groups, at: place)
        groups = add(
            .instanceNormalization, [groups.name, scale, shift], at: place.result("normalized"),
            tip, [.float("epsilon", Float(layer.epsilon))])
        let whole = constant([0] + tip.sample, at: place.result("shape"))
        let result = add(
            .reshape, [groups.name, whole],
            at: place.result(layer.isAffine ? "channels" : nil), tip)
        guard layer.isAffine else { return result }
        let weight = spread("weight", tip.rank - 2, at: place, tip)
        let scaled = add(.multiply, [result.name, weight], at: place.result("scaled"), tip)
        let bias = spread("bias", tip.rank - 2, at: place, tip)
        return add(.add, [scaled.name, bias], at: place.result(), tip)
    }

    /// `x / √(mean of x² + ε) · weight`, as this version of the operators has no such normalization.
    private mutating func add(_ layer: RMSNorm, at place: Place, from tip: Tip) -> Tip {
        let square = add(.multiply, [tip.name, tip.name], at: place.result("square"), tip)
        let axes = constant([-1], at: place.result("axes"))
        let mean = add(
            .reduceMean, [square.name, axes], at: place.result("mean"), tip,
            [.integer("keepdims", 1)])
        let epsilon = constant([Float(layer.epsilon)], [], at: place.result("epsilon"))
        let sum = add(.add, [mean.name, epsilon], at: place.result("sum"), tip)
        let root = add(.squareRoot, [sum.name], at: place.result("root"), tip)
        let quotient = add(.divide, [tip.name, root.name], at: place.result("quotient"), tip)
        return add(
            .multiply, [quotient.name, place.parameter("weight")], at: place.result(), tip)
    }
}
