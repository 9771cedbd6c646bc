import NNGPU

extension Gradients {
    /// The loss of a network on fixed data as a function of its weights alone.
    struct LossOfWeights {
        /// What is computed.
        enum Subject {
            case loss, gradient
        }

        private static let samples = 256

        /// The number of weights.
        var count: Int { layout.count }

        private let layout: ParameterLayout
        private let parameters: Tensor
        private let loss: Tensor
        private let gradient: Tensor
        private let values: [String: [Double]]

        /// A hidden layer of tanh of the given width and six times as many inputs, on random data.
        init(width: Int, _ context: LessonContext) throws {
            // Many inputs for each unit, so that even in a small network most of the time is spent
            // on weights.
            let inputs = 6 * width
            let model = Sequential.multilayerPerceptron(
                inputs: inputs, hidden: [width], outputs: 1, activation: .tanh)
            layout = try ParameterLayout(of: model, inputShape: [inputs])
            parameters = try .parameter("parameters", [layout.count])
            let pass = try ForwardPass(parameters: layout.views(of: parameters))
            let x = try Tensor.input("x", [Self.samples, inputs])
            let y = try Tensor.input("y", [Self.samples, 1])
            loss = try MeanSquaredError().terms(model(x, in: pass), y).mean()
            let parts = try gradients(of: loss, withRespectTo: pass.parameters.map(\.tensor))
            gradient = try concatenate(parts.map { try $0.reshape([$0.shape.count]) })
            values = [
                "parameters": layout.initialValues(seed: context.seed).trained.map(Double.init),
                "x": context.uniform(Self.samples * inputs, in: -1...1, stream: 1),
                "y": context.uniform(Self.samples, in: -1...1, stream: 2),
            ]
        }

        /// The median time of computing the loss or the whole gradient once, in seconds.
        func time(of subject: Subject, on backend: any Backend) throws -> Double {
            let executable = try compiled(subject == .loss ? loss : gradient, on: backend)
            return try Stopwatch.median {
                try executable.run()
                try backend.synchronize()
            }
        }

        /// The relative errors of central differences along a random direction, for each step.
        func differenceErrors(steps: [Double], on backend: any Backend) throws -> [Double] {
            let weights = values["parameters"] ?? []
            // Its length is that of the weights, so that a step of 1 is a large one.
            let direction = weights.indices.map { weights[($0 &* 31 + 7) % weights.count] }
            let slope = try compiled(gradient, on: backend)
            try slope.run()
            let exact = zip(try backend.read(slope.buffer(named: "result")), direction)
                .map { $0 * $1 }.reduce(0, +)
            let height = try compiled(loss, on: backend)
            func value(_ step: Double) throws -> Double {
                try backend.write(
                    zip(weights, direction).map { $0 + step * $1 },
                    to: height.buffer(named: "parameters"))
                try height.run()
                return try backend.read(height.buffer(named: "result"))[0]
            }
            return try steps.map { step in
                let quotient = try (value(step) - value(-step)) / (2 * step)
                // An error of exactly 0 has no place on a logarithmic axis.
                return max(abs(quotient / exact - 1), 1e-16)
            }
        }

        private func compiled(_ result: Tensor, on backend: any Backend) throws -> any Executable {
            let executable = try backend.compile(Graph(outputs: ["result": result]))
            for (name, numbers) in values {
                try backend.write(numbers, to: executable.buffer(named: name))
            }
            return executable
        }
    }
}
