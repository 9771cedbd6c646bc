import Charts
import NNGPU

/// Edges first, shapes last: what convolutions learn, layer by layer.
struct Hierarchy: Lesson {
    let identifier = "hierarchy"
    let title = "A hierarchy of features"
    let idea = """
        Deep networks learn a hierarchy of features, from simple edges to complex concepts: here three \
        layers of convolutions learn the names of shapes in small pictures. A unit of the first layer \
        sees a few pixels and can tell no more than an edge; each further layer joins what the one before \
        has found, over more of the picture. So a linear probe names more shapes the deeper the layer that \
        it reads, and units of the last layer answer to one shape rather than to another.
        """
    let formula: Formula =
        "h_{l} = pool(max(0, W_{l} ∗ h_{l−1} + b_{l})), orientation(w) = |Σ_{k} |ŵ(k)|² e^{2iθ(k)}| / Σ_{k} |ŵ(k)|²"
    let next = "nngpu train --model cnn --epochs 1 --report run.html"

    private static let channels = [1, 12, 16, 24]
    private static let (training, testing) = (1800, 600)

    func run(_ context: LessonContext) throws -> LessonResult {
        let train = try Outline.pictures(Self.training, stream: 1, context)
        let test = try Outline.pictures(Self.testing, stream: 3, context)
        let trainer = try trainer(context)
        let pixels = try Self.probe(train.features, test.features, train, test, context)
        let before = try look(into: trainer, train, test, context)
        context.progress(0.2)
        try trainer.fit(
            train, options: TrainingOptions(length: .steps(1000), batchSize: 32, lossInterval: 20),
            report: { context.progress(0.2 + 0.6 * Double($0.step) / Double($0.lastStep)) })
        let after = try look(into: trainer, train, test, context)
        let accuracy = try trainer.evaluate(test).accuracy ?? 0

        let explained = after.responses.map(\.explainedByClass)
        let (first, last) = (explained[0], explained[explained.count - 1])
        let (probes, untrained) = ([pixels] + after.probes, [pixels] + before.probes)
        let gain = probes[probes.count - 1] - untrained[untrained.count - 1]
        let directions = [before, after].map(\.filters.orientation)
        func points(_ accuracies: [Double]) -> [Point] {
            accuracies.enumerated().map { Point(Double($0.offset), 100 * $0.element) }
        }
        return LessonResult(
            table: [
                ["what is read", "units", "linear probe", "before training", "class explains"],
                ["pixels", "", pixels.percent, pixels.percent, ""],
            ]
                + after.responses.indices.map { layer in
                    [
                        "layer \(layer + 1)", String(after.responses[layer].units),
                        after.probes[layer].percent, before.probes[layer].percent,
                        explained[layer].percent,
                    ]
                } + [["the network's own output", "", accuracy.percent, "", ""]],
            figures: [
                .chart(
                    Chart(
                        "What a linear probe finds",
                        x: Axis("layer", scale: .categories(["pixels", "1", "2", "3"])),
                        y: Axis("test accuracy", unit: "%"),
                        series: [
                            Series("after training", .line(points(probes)), color: 0),
                            Series("before training", .line(points(untrained)), color: 1),
                        ],
                        caption: """
                            Probes read the strongest response of each unit in each quarter of a picture. \
                            The pictures are made, not photographed: one of six shapes at any angle, with noise.
                            """)),
                .gallery(
                    Filters.gallery([("after training", after.filters), ("before", before.filters)])
                ),
            ]
                + after.responses.enumerated().map {
                    .gallery($0.element.gallery(layer: $0.offset + 1))
                },
            findings: [
                Finding(
                    "The first layer's filters become edges: they are at least 1.3 times as oriented",
                    measured: "\(directions[1].short), before training \(directions[0].short)",
                    isMet: directions[1] >= 1.3 * directions[0]),
                Finding(
                    "A linear probe finds more from layer to layer",
                    measured: probes.map(\.percent).joined(separator: ", "),
                    isMet: zip(probes, probes.dropFirst()).allSatisfy { $0 < $1 }),
                Finding(
                    "That is learned: on the last layer the probe gains at least 20 points by training",
                    measured: "\((100 * gain).fixed(1)) points", isMet: gain >= 0.2),
                Finding(
                    "Classes explain at least 1.5 times as much of the last layer's responses as of the first's",
                    measured: "\(last.percent) of the variance against \(first.percent)",
                    isMet: last >= 1.5 * first),
            ])
    }

    private func trainer(_ context: LessonContext) throws -> Trainer {
        let model = Sequential {
            Conv2d(Self.channels[0], Self.channels[1], kernel: 5, padding: .same)
            ReLU()
            MaxPool2d(2)
            Conv2d(Self.channels[1], Self.channels[2], kernel: 3, padding: .same)
            ReLU()
            MaxPool2d(2)
            Conv2d(Self.channels[2], Self.channels[3], kernel: 3, padding: .same)
            ReLU()
            MaxPool2d(2)
            Flatten()
            Linear(4 * Self.channels[3], Outline.allCases.count)
        }
        return try Trainer(
            model: model, inputShape: [1, Outline.size, Outline.size], loss: .crossEntropy,
            // Without decay, noise that the filters begin with would stay in them.
            optimizer: Adam(weightDecay: .decoupled(1)), learningRate: 0.004,
            schedule: .warmup(steps: 100, then: .cosine(minimum: 0)),
            seed: context.seed, backend: context.backend)
    }

    /// The filters, what the units of each layer give for the test pictures, and what a probe finds in that.
    private func look(
        into trainer: Trainer, _ train: Dataset, _ test: Dataset, _ context: LessonContext
    ) throws -> (filters: Filters, responses: [UnitResponses], probes: [Double]) {
        let predictor = try Predictor(trainer.graphs.network, trainer.parameterStore) {
            $0.layer == "ReLU"
        }
        let sets = try [train, test].map { data in
            let values = try predictor.predict([Network.inputName: data.features])
            return predictor.outputs.map { layer in
                UnitResponses(values[layer.name] ?? [], units: layer.shape[0], of: data)
            }
        }
        let probes = try zip(sets[0], sets[1]).map {
            try Self.probe(.floats($0.quarters), .floats($1.quarters), train, test, context)
        }
        let filters = Filters(try trainer.values(of: "0.weight"), count: Self.channels[1])
        return (filters, sets[1], probes)
    }
}
