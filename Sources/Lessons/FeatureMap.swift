import Charts
import NNGPU

/// A map into other features, chosen by hand, makes a straight line enough.
struct FeatureMap: Lesson {
    let identifier = "feature-map"
    let title = "Bending space by hand"
    let idea = """
        A neuron is linear in its features, not in the world: what matters is what it is fed. The \
        product x₁x₂ has the sign that XOR asks for, and the squared distance from the center tells \
        two circles apart. After such a map φ the same neuron, trained in the same way, solves both.
        """
    let formula: Formula =
        "f(x) = σ(w^{T}φ(x) + b), φ_{xor}(x) = (x_{1}, x_{2}, x_{1}x_{2}), φ_{circles}(x) = (x_{1}, x_{2}, x_{1}² + x_{2}²)"
    let next = "nngpu learn hidden-layer"

    func run(_ context: LessonContext) throws -> LessonResult {
        var rows = [["data", "features", "test accuracy"]]
        var (figures, findings): ([Figure], [Finding]) = ([], [])
        for (index, map) in Map.allCases.enumerated() {
            let split = try DataSource(map.data).load(seed: context.seed)
            let plain = try accuracy(Sequential { Linear(2, 1) }, on: split, context)
            let mapped = try accuracy(
                Sequential {
                    map
                    Linear(3, 1)
                }, on: split, context)
            rows += [
                [map.data, "x₁, x₂", plain.percent], ["", "x₁, x₂, \(map.name)", mapped.percent],
            ]
            figures += try pictures(of: split.train.first(300), under: map)
            findings += [
                Finding(
                    "\(map.data): without the map a neuron stays below 80 %",
                    measured: plain.percent, isMet: plain < 0.8),
                Finding(
                    "\(map.data): with it the same neuron passes 95 %",
                    measured: mapped.percent, isMet: mapped > 0.95),
            ]
            context.progress(Double(index + 1) / 2)
        }
        return LessonResult(table: rows, figures: figures, findings: findings)
    }

    private func accuracy(
        _ model: Sequential, on split: DatasetSplit, _ context: LessonContext
    ) throws -> Double {
        let trainer = try Trainer(
            model: model, inputShape: [2], loss: .binaryCrossEntropy, optimizer: Adam(),
            learningRate: 0.05, seed: context.seed, backend: context.backend)
        try trainer.fit(
            split.train, options: TrainingOptions(length: .epochs(20), batchSize: 100))
        return try trainer.evaluate(split.test ?? split.train).accuracy ?? 0
    }

    private func pictures(of data: Dataset, under map: Map) -> [Figure] {
        let mapped = try? Dataset(
            name: data.name,
            features: (0..<data.count).flatMap { sample in
                let (x, y) = (data.features[2 * sample], data.features[2 * sample + 1])
                return [x, map.feature(x, y)]
            }, sampleShape: [2], targets: data.targets, targetWidth: 1)
        let before = Chart(
            "\(data.name) before φ", x: Axis("x₁"), y: Axis("x₂"), series: data.clouds(),
            caption: "No straight line has one class on each side.")
        let after = Chart(
            "\(data.name) after φ", x: Axis("x₁"), y: Axis(map.name),
            series: mapped?.clouds() ?? [],
            caption: "The same points, seen along the new feature: now a straight line does.")
        return [.chart(before), .chart(after)]
    }

    /// A layer of one's own: it adds a third feature to the two that come in.
    enum Map: String, Layer, CaseIterable {
        case product
        case radius

        static let typeName = "feature-map"

        var data: String { self == .product ? "xor" : "circles" }
        var name: String { self == .product ? "x₁x₂" : "x₁² + x₂²" }

        func feature(_ x: Float, _ y: Float) -> Float {
            self == .product ? x * y : x * x + y * y
        }

        func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor {
            let (first, second) = (try x.slice(0..<1, axis: 1), try x.slice(1..<2, axis: 1))
            let feature =
                switch self {
                case .product: try first * second
                case .radius: try first * first + second * second
                }
            return try concatenate([x, feature], axis: 1)
        }
    }
}
