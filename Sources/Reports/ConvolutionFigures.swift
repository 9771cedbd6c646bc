import Charts
import NNGPU

/// What the convolutions of a model that takes pictures have learned: filters, and where they answer to samples.
struct ConvolutionFigures {
    /// More filters than this are a page of their own.
    private static let filterCount = 64
    /// How many stages of a deep model are shown, and how many maps of each.
    private static let (stageCount, mapCount) = (6, 8)

    /// The pictures; none without such a model.
    let figures: [Figure]

    init(_ record: TrainingRecord, _ verdicts: Verdicts?) throws {
        guard let trainer = record.trainer, trainer.graphs.network.inputs.count == 1,
            let pictures = SamplePictures(of: record.dataset)
        else {
            figures = []
            return
        }
        let rows = try ModelSummary(of: trainer.graphs.network).rows
        guard let first = rows.first(where: Self.isConvolution) else {
            figures = []
            return
        }
        let filters = try Self.filters(of: first, in: trainer.parameterStore)
        let maps = try Self.maps(
            of: Self.stages(rows), Self.chosen(of: record, verdicts), pictures, trainer)
        figures = (filters.map { [$0] } ?? []) + maps
    }

    private static func isConvolution(_ row: ModelSummary.Row) -> Bool {
        row.layer == "\(Conv2d.self)"
    }

    // MARK: - Filters

    /// The filters of a convolution as pictures; nil if they take other channels than pictures have.
    private static func filters(
        of row: ModelSummary.Row, in store: ParameterStore
    ) throws -> Figure? {
        let name = row.path.isEmpty ? "weight" : "\(row.path).weight"
        guard let entry = store.layout.allEntries.first(where: { $0.names.contains(name) }),
            let layout = ImageLayout(of: Array(entry.shape.dimensions.dropFirst())),
            layout.channels == entry.shape[1]
        else { return nil }
        let values = try store.values()
        let weight = (entry.kind == .trained ? values.trained : values.fixed)[entry.range]
        let size = weight.count / entry.shape[0]
        let filters = (0..<min(filterCount, entry.shape[0])).map { filter in
            Array(weight.dropFirst(filter * size).prefix(size))
        }
        let largest = filters.map { Double($0.map(abs).max() ?? 0) }
        let images = filters.enumerated().compactMap { index, weights in
            PageImage(
                width: layout.width, height: layout.height, channels: layout.channels,
                signed: layout.interleaved(weights)
            ).map { Gallery.Picture($0, "filter \(index)") }
        }
        let count =
            "\(images.count) of \(entry.shape[0]) filters, \(layout.height) × \(layout.width)"
        return .gallery(
            Gallery(
                "The first layer's filters", rows: [Gallery.Row("\(name): \(count)", images)],
                caption:
                    "Each filter has its own scale: gray is 0, white its largest magnitude, black the "
                    + "negative of it\(layout.channels > 1 ? ", for each color" : ""). The largest magnitudes "
                    + "go from \(Typography.number(largest.min() ?? 0)) to "
                    + "\(Typography.number(largest.max() ?? 0))."))
    }

    // MARK: - Maps

    /// The places of convolutions, each with the place of the last layer behind it that keeps its shape, such as the
    /// function of a normalization; of many, some from the first to the last.
    private static func stages(_ rows: [ModelSummary.Row]) -> [(name: String, end: String)] {
        let all = rows.indices.filter { isConvolution(rows[$0]) }.map { start in
            var end = start
            while end + 1 < rows.count, rows[end + 1].outputShape == rows[start].outputShape,
                !isConvolution(rows[end + 1])
            {
                end += 1
            }
            return (name: rows[start].path, end: rows[end].path)
        }
        guard all.count > stageCount else { return all }
        return (0..<stageCount).map { all[$0 * (all.count - 1) / (stageCount - 1)] }
    }

    /// Samples with what is to be said of them: two that are right, of different classes if there are,
    /// and the surest mistakes.
    private static func chosen(
        of record: TrainingRecord, _ verdicts: Verdicts?
    ) -> [(sample: Int, title: String)] {
        guard let verdicts else {
            return (0..<min(4, record.dataset.count)).map { ($0, "sample \($0)") }
        }
        let right = verdicts.labels.indices.filter {
            verdicts.labels[$0] == verdicts.predictions[$0]
        }
        let others = right.dropFirst()
        let other =
            others.first { verdicts.labels[$0] != verdicts.labels[right[0]] } ?? others.first
        let hits = [right.first, other].compactMap(\.self).map {
            ($0, "sample \($0): \(verdicts.name(verdicts.labels[$0])), which is right")
        }
        return hits
            + verdicts.mistakes.prefix(2).map {
                ($0, verdicts.description(ofMistake: $0))
            }
    }

    /// A figure for each sample: the picture, and the maps of each stage that answer most strongly.
    private static func maps(
        of stages: [(name: String, end: String)], _ chosen: [(sample: Int, title: String)],
        _ pictures: SamplePictures, _ trainer: Trainer
    ) throws -> [Figure] {
        let chosen = chosen.compactMap { sample, title in
            pictures.values(of: sample).map { (sample: sample, title: title, values: $0) }
        }
        guard !chosen.isEmpty else { return [] }
        let network = trainer.graphs.network
        let ends = Set(stages.map(\.end))
        let predictor = try Predictor(network, trainer.parameterStore) { ends.contains($0.path) }
        let results = try predictor.predict([
            network.inputs[0].name: .floats(chosen.flatMap(\.values))
        ])
        let maps = stages.compactMap { stage in
            predictor.outputs.first { $0.name == stage.end }.flatMap {
                ActivationMaps(results[stage.end] ?? [], shape: $0.shape, name: stage.name)
            }
        }
        return chosen.enumerated().map { index, sample in
            let image = pictures.image(of: sample.sample).map { Gallery.Picture($0, sample.title) }
            return .gallery(
                Gallery(
                    sample.title,
                    rows: [Gallery.Row("the picture", [image].compactMap(\.self))]
                        + maps.map { $0.row(of: index, count: mapCount) }))
        }
    }
}

/// What a layer gives for a few samples, [samples, channels, height, width].
private struct ActivationMaps {
    private let name: String
    private let values: [Float]
    private let (channels, height, width): (Int, Int, Int)
    /// The channels by how strongly they answer to any of the samples, the strongest first.
    private let ranking: [Int]

    /// Nil for a shape that is no maps.
    init?(_ values: [Float], shape: Shape, name: String) {
        guard shape.rank == 3 else { return nil }
        (self.values, self.name) = (values, name)
        (channels, height, width) = (shape[0], shape[1], shape[2])
        let (channels, size) = (channels, height * width)
        var peaks = [Float](repeating: -.infinity, count: channels)
        for (index, value) in values.enumerated() {
            peaks[index / size % channels] = max(peaks[index / size % channels], value)
        }
        ranking = peaks.indices.sorted { (peaks[$1], $0) < (peaks[$0], $1) }
    }

    /// The strongest maps of a sample.
    func row(of sample: Int, count: Int) -> Gallery.Row {
        let shown = ranking.prefix(count).sorted()
        return Gallery.Row(
            "\(name): \(shown.count) of \(channels) maps, \(height) × \(width)",
            shown.compactMap { channel in
                let start = (sample * channels + channel) * height * width
                let map = values[start..<start + height * width]
                let (least, most) = (map.min() ?? 0, map.max() ?? 0)
                return PageImage(
                    width: width, height: height,
                    values: map.map { most > least ? ($0 - least) / (most - least) : 0 }
                ).map { Gallery.Picture($0, "\(name), map \(channel)") }
            })
    }
}
