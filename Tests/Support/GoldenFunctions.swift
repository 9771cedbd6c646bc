import NNGraph
import NNModel
import NNTraining

extension GoldenCase {
    /// Computes an activation or reduction and its gradient, and compares both.
    package func functionDeviations(on backend: any Backend) throws -> [Deviation] {
        let recorded = try tensors()
        let shape = Shape(try recorded.tensor("x").shape)
        let x = try Tensor.input("x", shape)
        let y = try apply(to: x)
        let dy = try Tensor.input("dy", y.shape)
        let dx = try gradients(of: y, withRespectTo: [x], upstream: dy)[0]
        let executable = try backend.compile(Graph(outputs: ["y": y, "dx": dx]))
        for name in ["x", "dy"] {
            try backend.write(recorded.doubles(name), to: executable.buffer(named: name))
        }
        try executable.run()
        return try ["y", "dx"].map {
            Deviation($0, try backend.read(executable.buffer(named: $0)), try recorded.doubles($0))
        }
    }

    private func apply(to x: Tensor) throws -> Tensor {
        let layers: [String: any Layer] = [
            "sigmoid": Sigmoid(), "tanh": Tanh(), "relu": ReLU(), "gelu": GELU(),
            "softplus": Softplus(), "softmax": Softmax(),
        ]
        let layer = layers[name] ?? slope.map { LeakyReLU(slope: $0) }
        if let layer { return try layer(x, in: ForwardPass()) }
        return switch name {
        case "sin": try sin(x)
        case "cos": try cos(x)
        case "pow_2": try power(x, 2)
        case "pow_3": try power(x, 3)
        case "clamp": try clip(x, min: -1, max: 2)
        case "layer_norm": try layerNorm(x)
        case "amin": try x.min([-1])
        case "var": try x.variance([-1])
        case "std": try x.standardDeviation([-1])
        case "logsumexp": try logSumExp(x)
        default: try logSoftmax(x)
        }
    }

    /// Computes a loss and its gradient, and compares both.
    package func lossDeviations(on backend: any Backend) throws -> [Deviation] {
        guard let loss = loss.flatMap(LossName.init)?.loss else { return [] }
        let recorded = try tensors()
        let x = try Tensor.input("x", Shape(try recorded.tensor("x").shape))
        let type = try loss.targetType(for: x.shape)
        let target = try Tensor.input("target", type.shape, type.elementType)
        let value = try loss.terms(x, target).mean()
        let dx = try gradients(of: value, withRespectTo: [x])[0]
        let executable = try backend.compile(Graph(outputs: ["loss": value, "dx": dx]))
        try backend.write(recorded.doubles("x"), to: executable.buffer(named: "x"))
        let targets = try executable.buffer(named: "target")
        if type.elementType == .int32 {
            try backend.write(recorded.tensor("target").int32s(), to: targets)
        } else {
            try backend.write(recorded.doubles("target"), to: targets)
        }
        try executable.run()
        return try ["loss", "dx"].map {
            Deviation($0, try backend.read(executable.buffer(named: $0)), try recorded.doubles($0))
        }
    }
}
