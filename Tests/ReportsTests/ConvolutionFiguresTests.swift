import Charts
import NNGPU
import Testing

@testable import Reports

@Suite struct ConvolutionFiguresTests {
    /// Four pictures of three colors, of which a model that always says 0 is right about two.
    private func record(
        _ model: Sequential, shape: [Int] = [3, 6, 6], loss: any Loss = .crossEntropy,
        outputs: [Float] = [1, 0, 2, 0, 3, 0, 4, 0]
    ) throws -> TrainingRecord {
        let count = shape.reduce(1, *)
        let data = try Dataset(
            name: "pictures", features: (0..<4 * count).map { Float($0 * 7 % 19) / 19 },
            sampleShape: shape, targets: [0, 1, 0, 1], targetWidth: 1,
            classNames: ["cat", "dog"])
        let trainer = try Trainer(
            Network(model, inputShape: Shape(shape)), task: TrainingTask(.crossEntropy),
            optimizer: SGD(), learningRate: 0, backend: ReferenceBackend<Double>())
        return TrainingRecord(
            command: "", device: "", seed: 0, settings: [], layers: [], progress: [], ending: "",
            evaluation: try trainer.evaluate(data), dataset: data, outputs: outputs, loss: loss,
            trainer: trainer)
    }

    private let model = Sequential {
        Conv2d(3, 5, kernel: 3)
        BatchNorm(5)
        ReLU()
        MaxPool2d(2)
        Conv2d(5, 10, kernel: 2)
        Flatten()
        Linear(10, 2)
    }

    private func galleries(_ record: TrainingRecord) throws -> [Gallery] {
        let verdicts = record.loss.isClassification ? Verdicts(record) : nil
        return try ConvolutionFigures(record, verdicts).figures.compactMap {
            if case .gallery(let gallery) = $0 { gallery } else { nil }
        }
    }

    @Test func filtersComeFirstAndThenMapsOfRightAndWrongPictures() throws {
        let galleries = try galleries(record(model))
        // The surest mistake is sample 3.
        #expect(
            galleries.dropFirst().map(\.title) == [
                "sample 0: cat, which is right", "sample 2: cat, which is right",
                "sample 3: dog, taken for cat", "sample 1: dog, taken for cat",
            ])
        #expect(galleries[0].rows.map(\.pictures.count) == [5])
        #expect(
            galleries[1].rows.map(\.name) == [
                "the picture", "0: 5 of 5 maps, 4 × 4", "4: 8 of 10 maps, 1 × 1",
            ])
        #expect(galleries[1].rows.map(\.pictures.count) == [1, 5, 8])
    }

    @Test func rightPicturesAreOfDifferentClassesIfThereAre() throws {
        let titles = try galleries(record(model, outputs: [1, 0, 1, 0, 1, 0, 0, 1])).map(\.title)
        #expect(
            titles.dropFirst() == [
                "sample 0: cat, which is right", "sample 3: dog, which is right",
                "sample 1: dog, taken for cat",
            ])
    }

    @Test func filtersHaveColorsAndTheirScaleIsSaid() throws {
        let record = try record(model)
        let trainer = try #require(record.trainer)
        let weight = try #require(trainer.parameters()["0.weight"]).floats()
        let gallery = try #require(galleries(record).first)
        // The first filter: red, green and blue beside each other.
        let planes = (0..<9).flatMap { pixel in (0..<3).map { weight[$0 * 9 + pixel] } }
        let image = try #require(
            PageImage(width: 3, height: 3, channels: 3, signed: planes))
        #expect(gallery.rows[0].pictures[0].image.png == image.png)
        let largest = (0..<5).map { weight[$0 * 27..<($0 + 1) * 27].map(abs).max() ?? 0 }
        for end in [largest.min(), largest.max()] {
            #expect(gallery.caption.contains(Typography.number(Double(end ?? 0))))
        }
    }

    @Test func mapsShowWhatFollowsAConvolution() throws {
        let record = try record(model)
        let trainer = try #require(record.trainer)
        let network = trainer.graphs.network
        let predictor = try Predictor(network, trainer.parameterStore) { $0.path == "2" }
        let values = try predictor.predict([Network.inputName: record.dataset.features])["2"]
        let map = try #require(values).prefix(16)
        let (least, most) = (map.min() ?? 0, map.max() ?? 0)
        let image = try #require(
            PageImage(width: 4, height: 4, values: map.map { ($0 - least) / (most - least) }))
        #expect(try galleries(record)[1].rows[1].pictures[0].image.png == image.png)
    }

    @Test func ofManyStagesSomeAreShown() throws {
        let convolutions = (0..<9).map { place -> any Layer in
            Conv2d(place == 0 ? 3 : 2, 2, kernel: 3, padding: .same)
        }
        let deep = Sequential(convolutions + [Flatten(), Linear(72, 2)])
        let rows = try galleries(record(deep))[1].rows
        #expect(rows.dropFirst().map { $0.name.prefix(1) } == ["0", "1", "3", "4", "6", "8"])
    }

    @Test func withoutClassesTheFirstSamplesAreShown() throws {
        let titles = try galleries(record(model, loss: .meanSquaredError)).map(\.title)
        #expect(titles.dropFirst() == ["sample 0", "sample 1", "sample 2", "sample 3"])
    }

    @Test func aModelWithoutConvolutionsOrPicturesHasNone() throws {
        let plain = Sequential {
            Flatten()
            Linear(108, 2)
        }
        #expect(try galleries(record(plain)).isEmpty)
        let rows = Sequential {
            Conv2d(1, 2, kernel: 1)
            Flatten()
            Linear(6, 2)
        }
        #expect(try galleries(record(rows, shape: [1, 3, 1])).isEmpty)
    }
}
