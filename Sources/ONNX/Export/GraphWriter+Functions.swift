import NNModel

// Functions of each number, and of rows.
extension GraphWriter {
    mutating func add(_ function: LayerFunction, at place: Place, from tip: Tip) -> Tip {
        let (operation, attributes): (OperatorName, [AttributeProto])
        switch function {
        case .silu:
            let gate = add(.sigmoid, [tip.name], at: place.result("sigmoid"), tip)
            return add(.multiply, [tip.name, gate.name], at: place.result(), tip)
        case .relu6:
            let low = constant([0], [], at: place.result("low"))
            let high = constant([6], [], at: place.result("high"))
            return add(.clip, [tip.name, low, high], at: place.result(), tip)
        case .sigmoid: (operation, attributes) = (.sigmoid, [])
        case .tanh: (operation, attributes) = (.tanh, [])
        case .relu: (operation, attributes) = (.relu, [])
        case .leakyReLU(let slope): (operation, attributes) = (.leakyRelu, [.float("alpha", slope)])
        case .gelu: (operation, attributes) = (.gelu, [])
        case .softplus: (operation, attributes) = (.softplus, [])
        case .mish: (operation, attributes) = (.mish, [])
        case .hardswish: (operation, attributes) = (.hardSwish, [])
        case .elu(let alpha): (operation, attributes) = (.elu, [.float("alpha", alpha)])
        case .softmax: (operation, attributes) = (.softmax, [.integer("axis", -1)])
        }
        return add(operation, [tip.name], at: place.result(), tip, attributes)
    }

    mutating func add(_ layer: PReLU, at place: Place, from tip: Tip) -> Tip {
        let slopes = spread("weight", layer.count == 1 ? 0 : tip.rank - 2, at: place, tip)
        return add(.pRelu, [tip.name, slopes], at: place.result(), tip)
    }

    /// A parameter with a number for each channel as one with so many axes of one place behind these.
    mutating func spread(_ name: String, _ trailing: Int, at place: Place, _ tip: Tip) -> String {
        guard trailing > 0 else { return place.parameter(name) }
        let axes = constant(Array(1...trailing), at: place.result("\(name).axes"))
        return add(
            .unsqueeze, [place.parameter(name), axes], at: place.result("\(name).spread"), tip
        ).name
    }
}
