import NNFiles
import NNModel

/// A convolution as a graph computes it: its products, and what is done to their results.
struct ConvolutionMap {
    /// What it is made of, but for the bias.
    var options: ConvolutionOptions
    /// The places that a transposed convolution has at the end of each axis; nil for a plain one.
    var outputPadding: AxisNumbers?
    /// [outputs, inputs / groups, kernel …], or for a transposed one [inputs, outputs / groups, kernel …].
    let weight: ConstantTensor
    let bias: ConstantTensor?
    /// What is done to each result.
    var steps: [AffineMap.Step] = []

    /// The axes of space.
    let axisCount: Int

    /// Whether each channel of the results gets a bias.
    var hasBias: Bool { bias != nil || steps.contains { $0.shifts } }

    /// The layer that computes it.
    var layer: any Layer {
        var options = options
        options.hasBias = hasBias
        if let outputPadding { return ConvTranspose2d(options, outputPadding: outputPadding) }
        return axisCount == 1 ? Conv1d(options) : Conv2d(options)
    }

    /// The shape of the weight.
    private var shape: [Int] {
        let (inputs, outputs, groups) = (options.inputs, options.outputs, options.groups)
        let kernel = options.kernel.numbers
        let sizes =
            kernel.count == axisCount ? kernel : Array(repeating: kernel[0], count: axisCount)
        return (outputPadding == nil ? [outputs, inputs / groups] : [inputs, outputs / groups])
            + sizes
    }

    /// The weight, and the bias if there is one.
    func tensors(
        named prefix: String, within budget: inout WeightBudget
    ) throws -> [Safetensors.Tensor] {
        // Weights that are not there are no shared ones, so that they are comes first.
        try weight.check()
        try budget.use((shape.checkedProduct ?? .max, false))
        var values = try weight.values()
        let outputs = options.outputs
        var offsets = try bias.map { constant in
            try constant.spread(over: outputs, within: &budget).map { Double($0) }
        }
        if !steps.isEmpty {
            let (factors, shifts) = try steps.combined(
                over: outputs, trailing: axisCount, within: &budget)
            for place in values.indices {
                values[place] = Float(Double(values[place]) * factors[output(of: place)])
            }
            let known = offsets ?? Array(repeating: 0, count: outputs)
            offsets = known.indices.map { known[$0] * factors[$0] + shifts[$0] }
        }
        let tensor = try Safetensors.Tensor(name: "\(prefix)weight", shape: shape, floats: values)
        guard hasBias, let offsets else { return [tensor] }
        return [
            tensor,
            try Safetensors.Tensor(
                name: "\(prefix)bias", shape: [outputs], floats: offsets.map { Float($0) }),
        ]
    }

    /// The channel of the results that an element of the weight is for.
    private func output(of place: Int) -> Int {
        let shape = shape
        let kernel = shape.dropFirst(2).reduce(1, *)
        guard outputPadding != nil else { return place / (shape[1] * kernel) }
        let group = place / (shape[1] * kernel) / (shape[0] / options.groups)
        return group * shape[1] + place / kernel % shape[1]
    }
}
