import NNGPU

extension Depth {
    /// Affine maps with ReLU between them, trained or with weights chosen by hand.
    struct Network {
        private let inputs: Int
        private let model: Sequential
        private let weights: [String: [Float]]

        /// Hidden layers of the given widths and one output.
        init(inputs: Int, widths: [Int]) {
            self.inputs = inputs
            model = .multilayerPerceptron(
                inputs: inputs, hidden: widths, outputs: 1, activation: .relu)
            weights = [:]
        }

        private init(inputs: Int, maps: [(weight: [[Float]], bias: [Float], isBent: Bool)]) {
            var (layers, weights): ([any Layer], [String: [Float]]) = ([], [:])
            for map in maps {
                weights["\(layers.count).weight"] = map.weight.flatMap { $0 }
                weights["\(layers.count).bias"] = map.bias
                layers.append(Linear(map.weight[0].count, map.bias.count))
                if map.isBent { layers.append(ReLU()) }
            }
            self.inputs = inputs
            self.weights = weights
            model = Sequential(layers)
        }

        /// `T(x) = 2·max(0, x) − 4·max(0, x − ½)`, n times.
        static func folds(_ n: Int) throws -> Network {
            Network(inputs: 1, maps: (0..<n).flatMap { _ in fold })
        }

        private static let fold: [(weight: [[Float]], bias: [Float], isBent: Bool)] = [
            ([[1], [1]], [0, -0.5], true), ([[2, -4]], [0], false),
        ]

        /// One hidden layer that is right at `count` + 1 evenly spaced points and straight between.
        static func pieces(_ count: Int, of function: (Float) -> Float) throws -> Network {
            let knots = (0...count).map { Float($0) / Float(count) }
            let slopes = zip(knots, knots.dropFirst()).map {
                (function($1) - function($0)) * Float(count)
            }
            let bends = slopes.indices.map { $0 == 0 ? slopes[0] : slopes[$0] - slopes[$0 - 1] }
            return Network(
                inputs: 1,
                maps: [
                    (knots.dropLast().map { _ in [1] }, knots.dropLast().map { -$0 }, true),
                    ([bends], [function(0)], false),
                ])
        }

        /// The parity of eight bits: three folds of an eighth of their sum.
        static func parityByFolds() throws -> Network {
            let share: [Float] = Array(repeating: 0.125, count: 8)
            return Network(
                inputs: 8, maps: [([share], [0], false)] + (0..<3).flatMap { _ in fold })
        }

        /// The same with a unit for each count: the slope changes its sign at each of them.
        static func parityByCounting() throws -> Network {
            let ones: [Float] = Array(repeating: 1, count: 8)
            let bends = (0..<8).map { Float($0 == 0 ? 1 : $0 % 2 == 0 ? 2 : -2) }
            return Network(
                inputs: 8,
                maps: [
                    (Array(repeating: ones, count: 8), (0..<8).map { -Float($0) }, true),
                    ([bends], [0], false),
                ])
        }

        /// The same with a unit for each odd pattern, which only that pattern wakes.
        static func parityByPatterns() throws -> Network {
            let patterns = (0..<256).filter { $0.nonzeroBitCount % 2 == 1 }
            let signs = patterns.map { pattern in
                (0..<8).map { Float(pattern >> $0 & 1 == 1 ? 1 : -1) }
            }
            return Network(
                inputs: 8,
                maps: [
                    (signs, patterns.map { 1 - Float($0.nonzeroBitCount) }, true),
                    ([patterns.map { _ in 1 }], [0], false),
                ])
        }

        /// The number of weights and biases.
        var parameterCount: Int {
            weights.isEmpty
                ? (try? ParameterLayout(of: model, inputShape: [inputs]).count) ?? 0
                : weights.values.reduce(0) { $0 + $1.count }
        }

        /// The outputs for samples in a row, minus what they should be.
        func errors(
            _ features: [Float], _ truth: [Float], on backend: any Backend
        ) throws -> [Double] {
            let trainer = try trainer(seed: 0, on: backend)
            try trainer.load(
                Safetensors(
                    trainer.graphs.layout.entries.map { entry in
                        try Safetensors.Tensor(
                            name: entry.name, shape: entry.shape.dimensions,
                            floats: weights[entry.name] ?? [])
                    }, metadata: [:]))
            return zip(try trainer.predict(features), truth).map {
                Double($0) - Double($1)
            }
        }

        /// Trains from random weights, on the interval stretched to ±3, where more units bend.
        ///
        /// - Returns: The root mean square error.
        func fit(_ features: [Float], _ truth: [Float], _ context: LessonContext) throws -> Double {
            let data = try Dataset(
                name: "tent map", features: features.map { 6 * $0 - 3 }, sampleShape: [inputs],
                targets: truth,
                targetWidth: 1)
            let trainer = try trainer(seed: context.seed, on: context.backend)
            try trainer.fit(
                data,
                options: TrainingOptions(length: .steps(1500), batchSize: 128))
            return try trainer.evaluate(data, batchSize: data.count).loss.squareRoot()
        }

        /// The largest error over all 256 patterns of eight bits.
        func parityError(on backend: any Backend) throws -> Double {
            let features = (0..<256).flatMap { pattern in
                (0..<8).map { Float(pattern >> $0 & 1) }
            }
            let truth = (0..<256).map { Float($0.nonzeroBitCount % 2) }
            return try errors(features, truth, on: backend).map(abs).max() ?? .nan
        }

        private func trainer(seed: UInt64, on backend: any Backend) throws -> Trainer {
            try Trainer(
                model: model, inputShape: [inputs], loss: .meanSquaredError, optimizer: Adam(),
                learningRate: 0.02, seed: seed, backend: backend)
        }
    }
}
