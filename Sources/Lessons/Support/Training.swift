import Charts
import NNGPU

extension Trainer {
    /// The values of a parameter such as `0.weight`, in its row-major order.
    func values(of name: String) throws -> [Double] {
        guard let tensor = try parameters()[name] else {
            throw ModelError.missingParameter(name)
        }
        return tensor.floats().map(Double.init)
    }

    /// The outputs for points of the plane, one number for each.
    func outputs(at points: [Point]) throws -> [Double] {
        try predict(points.flatMap { [Float($0.x), Float($0.y)] })
            .map(Double.init)
    }

    /// Where a model of one logit decides for class 1, and how sure it is.
    func decision(x: ClosedRange<Double>, y: ClosedRange<Double>) throws -> Series {
        let field = try Field(x: x, y: y, levels: [0, 2, 4], values: outputs)
        return Series("model says class 1", .field(field), color: 1)
    }

    /// A model of the first layers alone, with the values that their parameters have now.
    func prefix(_ layerCount: Int) throws -> Trainer {
        let all = try parameters()
        let layers = graphs.network.sequential?.layers ?? []
        let model = Sequential(Array(layers.prefix(layerCount)))
        let part = try Trainer(
            model: model, inputShape: graphs.network.inputShape, loss: .meanSquaredError,
            optimizer: SGD(), learningRate: 0, seed: graphs.seed, backend: state.backend)
        try part.load(
            Safetensors(
                all.tensors.filter { tensor in
                    part.graphs.layout.entries.contains { $0.name == tensor.name }
                }, metadata: [:]))
        return part
    }
}

extension Dataset {
    /// The four corners of a square; the class says whether the signs differ.
    static func corners() throws -> Dataset {
        try Dataset(
            name: "xor, four corners", features: [-1, -1, -1, 1, 1, -1, 1, 1], sampleShape: [2],
            targets: [0, 1, 1, 0], targetWidth: 1)
    }

    /// The samples of each class as points of the first two features.
    func clouds(x: Int = 0, y: Int = 1) -> [Series] {
        [0, 1].map { label in
            let points = (0..<count).filter { targets[$0] == Float(label) }.map { sample in
                Point(
                    Double(features[sample * featureCount + x]),
                    Double(features[sample * featureCount + y]))
            }
            return Series("class \(label)", .points(points), color: label)
        }
    }

    /// The first samples alone: as many as a picture needs.
    func first(_ count: Int) throws -> Dataset {
        let kept = Swift.min(count, self.count)
        return try Dataset(
            name: name, features: Array(features.prefix(kept * featureCount)),
            sampleShape: sampleShape, targets: Array(targets.prefix(kept * targetWidth)),
            targetWidth: targetWidth)
    }
}
