import NNFiles
import NNGraph
import NNModel
import NNReference
import NNTraining
import Testing

/// What is done to features before a model takes them.
@Suite struct PreparationTests {
    private func input(_ values: Features, _ shape: [Int]) -> Dataset.Input {
        Dataset.Input(Dataset.inputName, values, sampleShape: shape)
    }

    /// scikit-learn's `StandardScaler` and `MinMaxScaler` on [[1, 10], [3, 10], [8, 10]].
    @Test func columnsOfATableAreScaledEachByItself() throws {
        let table = input(.floats([1, 10, 3, 10, 8, 10]), [2])
        let standard = try #require(try table.preparation(.standard))
        // Mean 4, deviation √((9 + 1 + 16)/3).
        #expect(standard.shift == [4, 10] && standard.axis == 0)
        #expect(abs(standard.factor[0] - 0.339_683_1) < 1e-6 && standard.factor[1] == 1)
        let unit = try #require(try table.preparation(.unit))
        #expect(unit.shift == [1, 10] && unit.factor == [Float(1.0 / 7), 1])
        #expect(try table.preparation(.auto) == nil && table.preparation(.none) == nil)
    }

    @Test func imagesAreScaledByChannel() throws {
        // Two samples of two channels of 1 × 2.
        let values: [Float] = [1, 3, 10, 20, 5, 7, 30, 40]
        let image = try #require(try input(.floats(values), [2, 1, 2]).preparation(.standard))
        #expect(image.shift == [4, 25] && image.axis == 0)
        // One channel without an axis of its own: all places alike.
        let gray = try #require(try input(.floats(values), [2, 2]).preparation(.standard))
        #expect(gray.shift == [14.5] && gray.axis == nil)
    }

    @Test func bytesAreFractionsUnlessTheyAreNotToBe() throws {
        let bytes = input(.unorm8([0, 51, 102, 255]), [2])
        #expect(try bytes.preparation(.auto) == nil && bytes.preparation(.unit) == nil)
        #expect(try bytes.preparation(.none) == Preparation(shift: 0, factor: 255))
        let standard = try #require(try bytes.preparation(.standard))
        #expect(abs(standard.shift[0] - 0.2) < 1e-6 && abs(standard.shift[1] - 0.6) < 1e-6)
        #expect(try input(.int32s([1, 2]), [1]).preparation(.standard) == nil)
    }

    /// What cancels in single precision does not in the measurement.
    @Test func largeNumbersLoseNothing() throws {
        let values = (0..<1000).map { 1e6 + Float($0 % 2) }
        let standard = try #require(try input(.floats(values), [1]).preparation(.standard))
        #expect(standard.shift == [1_000_000.5] && standard.factor == [2])
    }

    // MARK: - In a model

    private static let network = Network(
        Linear(2, 1), inputShape: [2],
        preparation: try? Preparation(shift: [1, 2], factor: [0.5, 4], axis: 0))

    @Test func theModelTakesWhatIsPrepared() throws {
        let store = try ParameterStore(of: Self.network, on: ReferenceBackend<Double>())
        let plain = Network(Linear(2, 1), inputShape: [2])
        let prepared = try Predictor(Self.network, store).predict([3, 2.5])
        #expect(try prepared == Predictor(plain, store).predict([1, 2]))
        #expect(Self.network.preparing(nil).inputs[0].preparation == nil)
    }

    @Test func itIsSavedWithTheModel() throws {
        let description = ModelDescription(Self.network, task: TrainingTask(.meanSquaredError))
        let read = try ModelDescription(json: description.json())
        #expect(read.network.inputs == Self.network.inputs)
        let several = Network(
            ModelGraph([.init("one", Linear(2, 1), of: "a")], outputs: ["one": "one"]),
            inputs: [ModelInput("a", [2], preparation: Preparation(shift: 3, factor: 2))])
        let task = TrainingTask([Objective(output: "one", loss: .meanSquaredError)])
        let again = try ModelDescription(json: ModelDescription(several, task: task).json())
        #expect(again.network.inputs == several.inputs)
        // Nothing is said where nothing is done.
        let plain = ModelDescription(
            Network(Linear(2, 1), inputShape: [2]), task: TrainingTask(.meanSquaredError))
        #expect(try !plain.json().contains("preparation"))
    }

    /// Its gradient reaches the parameters as it should, and the trainer learns with it what it would learn from
    /// data prepared beforehand.
    @Test func trainingIsThatOfPreparedData() throws {
        let raw: [Float] = (0..<60).map { Float(($0 * 29) % 17) + ($0 % 2 == 0 ? 0 : 100) }
        let targets = (0..<30).map { raw[2 * $0] - 0.1 * raw[2 * $0 + 1] }
        let dataset = try Dataset(
            name: "raw", features: raw, sampleShape: [2], targets: targets, targetWidth: 1)
        let preparation = try #require(try dataset.inputs[0].preparation(.standard))
        let prepared = try Dataset(
            name: "prepared",
            features: raw.enumerated().map {
                ($1 - preparation.shift[$0 % 2]) * preparation.factor[$0 % 2]
            }, sampleShape: [2], targets: targets, targetWidth: 1)
        func trained(_ network: Network, _ data: Dataset) throws -> [Double] {
            let trainer = try Trainer(
                network, task: TrainingTask(.meanSquaredError), optimizer: Adam(),
                learningRate: 0.05, seed: 1, backend: ReferenceBackend<Double>())
            try trainer.fit(data, options: TrainingOptions(length: .epochs(5), batchSize: 7))
            return try trainer.parameters().tensors.flatMap { $0.doubles() }
        }
        let model = Sequential([Linear(2, 4), Tanh(), Linear(4, 1)])
        let inModel = try trained(
            Network(model, inputShape: [2], preparation: preparation), dataset)
        let before = try trained(Network(model, inputShape: [2]), prepared)
        for (a, b) in zip(inModel, before) { #expect(abs(a - b) < 1e-5) }
    }

    @Test func whatDoesNotFitIsRefused() throws {
        #expect(throws: ModelError.self) { try Preparation(shift: [1], factor: [1, 2], axis: 0) }
        for (axis, count) in [(0, 3), (1, 2), (-1, 2)] {
            let preparation = try Preparation(
                shift: [Float](repeating: 0, count: count),
                factor: [Float](repeating: 1, count: count), axis: axis)
            #expect(throws: ModelError.self) {
                try ParameterLayout(
                    of: Network(Linear(2, 1), inputShape: [2], preparation: preparation))
            }
        }
        #expect(throws: ModelError.self) {
            try ParameterLayout(
                of: Network(
                    Linear(2, 1), inputShape: [2],
                    preparation: Preparation(shift: .nan, factor: 1)))
        }
    }
}
