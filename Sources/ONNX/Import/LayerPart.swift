import Foundation
import NNFiles
import NNModel

/// A layer as a graph has it: what it is, and where its parameters come from.
struct LayerPart {
    /// Where the numbers of a parameter come from.
    enum Numbers {
        case constant(ConstantTensor)
        /// One number for each element.
        case same(Float)
        /// What operations one after the other multiply each place along an axis by, with so many axes behind it.
        case factors(of: [AffineMap.Step], trailing: Int)
        /// What they add there.
        case shifts(of: [AffineMap.Step], trailing: Int)
    }

    /// One parameter.
    struct Parameter {
        let name: String
        let shape: [Int]
        var numbers: Numbers
    }

    let layer: any Layer
    var parameters: [Parameter] = []
    /// The axes behind those that its weight and bias lie along, if operations with constants can become these.
    var trailing: Int?

    /// The same layer with one more operation on its results, if that becomes its weight or its bias.
    func taking(_ step: AffineMap.Step) -> LayerPart? {
        let name: String
        switch step {
        case .multiply:
            // A bias before a factor would be multiplied too.
            guard parameters.first(where: { $0.name == "bias" })?.isSame ?? true else { return nil }
            name = "weight"
        case .add(_, factor: 1): name = "bias"
        default: return nil
        }
        guard let trailing, let place = parameters.firstIndex(where: { $0.name == name }),
            parameters[place].isSame,
            step.constant.isSpread(over: parameters[place].shape[0], trailing: trailing)
        else { return nil }
        var result = self
        result.parameters[place].numbers = .constant(step.constant)
        return result
    }

    /// What the names of its parameters begin with in a file that calls them so.
    var prefix: String? {
        for parameter in parameters {
            if case .constant(let constant) = parameter.numbers,
                constant.name.hasSuffix(parameter.name)
            {
                return String(constant.name.dropLast(parameter.name.count))
            }
        }
        return nil
    }

    /// The names of the constants that are its parameters, by which layers that share them are known; nil if it has none.
    var constantNames: [String]? {
        let names = parameters.map { parameter in
            if case .constant(let constant) = parameter.numbers { constant.name } else { "" }
        }
        return names.contains { !$0.isEmpty } ? names : nil
    }

    /// The parameters, whose names begin so.
    func tensors(
        named prefix: String, within budget: inout WeightBudget
    ) throws -> [Safetensors.Tensor] {
        try parameters.map { parameter in
            let count = parameter.shape.checkedProduct ?? .max
            try budget.use((count, false))
            var values: [Float]
            switch parameter.numbers {
            case .constant(let constant):
                try constant.check()
                values = try constant.values()
                guard [1, count].contains(values.count) else {
                    throw ONNXError(
                        .tensor(
                            name: constant.name,
                            problem: "has \(values.count) numbers for \(count) features"))
                }
            case .same(let value): values = [value]
            case .factors(let steps, let trailing):
                values = try steps.combined(over: count, trailing: trailing, within: &budget)
                    .factors.map { Float($0) }
            case .shifts(let steps, let trailing):
                values = try steps.combined(over: count, trailing: trailing, within: &budget)
                    .shifts.map { Float($0) }
            }
            if values.count == 1, count > 1 { values = Array(repeating: values[0], count: count) }
            return try Safetensors.Tensor(
                name: prefix + parameter.name, shape: parameter.shape, floats: values)
        }
    }
}

extension LayerPart.Parameter {
    fileprivate var isSame: Bool { if case .same = numbers { true } else { false } }
}

// MARK: - Norms

extension LayerPart {
    /// A normalization of so many features along the last axis, or of channels with axes of space behind them.
    static func norm(
        _ layer: any Layer, _ count: Int, weight: ConstantTensor? = nil,
        bias: ConstantTensor? = nil, hasBias: Bool = true, trailing: Int = 0
    ) -> LayerPart {
        var parameters = [
            Parameter(
                name: "weight", shape: [count],
                numbers: weight.map { .constant($0) } ?? .same(1))
        ]
        if hasBias {
            parameters.append(
                Parameter(
                    name: "bias", shape: [count], numbers: bias.map { .constant($0) } ?? .same(0)))
        }
        return LayerPart(layer: layer, parameters: parameters, trailing: trailing)
    }

    /// A batch normalization with what it has learnt, and no count of batches.
    static func batchNorm(
        _ layer: BatchNorm, weight: Numbers, bias: Numbers, mean: Numbers, variance: Numbers
    ) -> LayerPart {
        let named: [(String, Numbers)] = [
            ("weight", weight), ("bias", bias), ("running_mean", mean), ("running_var", variance),
        ]
        return LayerPart(
            layer: layer,
            parameters: named.map { Parameter(name: $0, shape: [layer.channels], numbers: $1) } + [
                Parameter(name: "num_batches_tracked", shape: [], numbers: .same(0))
            ])
    }

    /// The number that a file gives in single precision, as it was written down.
    static func number(_ float: Float) -> Double { Double("\(float)") ?? Double(float) }
}
