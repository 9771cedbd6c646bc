import NNFiles
import NNGraph
import NNModel
import NNReference
import NNTraining
import Testing

/// A loss that has a softmax or a sigmoid in it takes logits: a model that ends with one too is not trained.
@Suite struct LastLayerTests {
    private func trainer(_ network: Network, _ task: TrainingTask) throws -> Trainer {
        try Trainer(
            network, task: task, optimizer: SGD(), learningRate: 0.1,
            backend: ReferenceBackend<Double>())
    }

    private func data(_ targets: [Float]) throws -> Dataset {
        try Dataset(
            name: "two", features: [2, 1, -1, 3], sampleShape: [2], targets: targets, targetWidth: 1
        )
    }

    static let doubled: [(any Layer, any Loss, String)] = [
        (Sequential([Linear(2, 3), Softmax()]), CrossEntropy(labelSmoothing: 0.1), "softmax"),
        (
            Sequential([Linear(2, 3), Sequential([Softmax(), Dropout(rate: 0.5)]), Flatten()]),
            CrossEntropy(), "softmax"
        ),
        (Sequential([Linear(2, 1), Sigmoid()]), BinaryCrossEntropy(), "sigmoid"),
    ]

    @Test(arguments: doubled.indices)
    func aLossThatHasTheLastLayerInItIsRefused(place: Int) throws {
        let (model, loss, name) = Self.doubled[place]
        let trainer = try trainer(
            Network(model, inputShape: [2]), TrainingTask(loss))
        let data = try data([0, 1])
        // A model that was trained so is judged as it was trained.
        #expect(try trainer.evaluate(data).count == 2)
        let error = #expect(throws: LossError.self) {
            try trainer.fit(data, options: TrainingOptions(length: .steps(1)))
        }
        #expect(
            error == .takesLogits(loss: type(of: loss).typeName, layer: name),
            "\(String(describing: error))")
        #expect(error?.description.contains("leave the model's last layer out") == true)
    }

    @Test func graphsAreLookedThrough() throws {
        let graph = ModelGraph(
            [
                .init("trunk", Linear(2, 3), of: "features"),
                .init("share", Softmax(), of: "trunk"),
                .init("drop", Dropout(rate: 0.1), of: "share"),
                .init("again", .shared("share"), of: ["trunk"]),
                .init("sum", .sum, of: ["drop", "again"]),
            ], outputs: ["first": "drop", "second": "again", "third": "sum", "fourth": "trunk"])
        let network = Network(graph, inputs: [ModelInput("features", [2])])
        for (output, isRefused) in [
            ("first", true), ("second", true), ("third", false), ("fourth", false),
        ] {
            let graphs = try TrainingGraphs(
                network,
                task: TrainingTask([Objective(output: output, loss: CrossEntropy())]),
                optimizer: SGD())
            if isRefused {
                #expect(throws: LossError.self) { try graphs.checkTraining() }
            } else {
                try graphs.checkTraining()
            }
        }
    }

    @Test func otherLossesMayFollowTheSameLayers() throws {
        for (model, loss) in [
            (Sequential([Linear(2, 1), Sigmoid()]), MeanSquaredError() as any Loss),
            (Sequential([Linear(2, 3), Sigmoid()]), CrossEntropy()),
            (Sequential([Linear(2, 3), Softmax(), Linear(3, 3)]), CrossEntropy()),
        ] {
            let trainer = try trainer(Network(model, inputShape: [2]), TrainingTask(loss))
            #expect(
                try trainer.fit(data([0, 1]), options: TrainingOptions(length: .steps(1))).step == 1
            )
        }
    }
}
