import NNGraph
import NNModel

/// Takes the steps of a training: brings each batch in place and runs the step's graphs.
///
/// The samples stay where they are, or are streamed; a batch is a list of indices, which the device copies from the
/// epoch's order. The targets are brought into that order once an epoch, on the host, because they
/// are few and a copy then serves labels and numbers alike. A step of a size that was met before
/// waits for nothing and allocates nothing on the device.
final class BatchFeed {
    let batchSize: Int
    let stepsPerEpoch: Int
    private let data: SampleSource
    private let dataset: Dataset
    private let isShuffled: Bool
    private let state: TrainingState
    private let observer: (any TrainingObserver)?
    /// The last step that will be taken, behind which no samples are brought.
    var lastStep = Int.max
    private let scalars: any TensorBuffer
    private let stepNumber: any TensorBuffer
    private var epochInPlace: Int?
    /// The orders that were asked for last: they take milliseconds to find.
    private var latestOrders: [(epoch: Int, indices: [Int32])] = []
    private var steps: [Int: Step] = [:]
    private let parts: StepParts?

    /// The step's graph compiled for one batch size.
    private struct Step {
        let executable: any Executable
        let indices: (any TensorBuffer)?
        let usesStepNumber: Bool
    }

    init(
        _ dataset: Dataset, batchSize: Int, partCount: Int, isShuffled: Bool, residentLimit: Int?,
        state: TrainingState, observer: (any TrainingObserver)?
    ) throws {
        self.dataset = dataset
        self.batchSize = min(batchSize, dataset.count)
        data = try SampleSource(
            dataset, batchSize: self.batchSize, limit: residentLimit, for: state,
            isTraining: true)
        stepsPerEpoch = (dataset.count - 1) / self.batchSize + 1
        self.isShuffled = isShuffled
        self.state = state
        self.observer = observer
        let scalarCount = state.graphs.scalars(step: 1, learningRate: 0).count
        scalars = try state.backend.makeBuffer(TensorType([scalarCount]))
        stepNumber = try state.backend.makeBuffer(TensorType(.scalar, .int32))
        parts =
            partCount == 1
            ? nil
            : try StepParts(
                partCount, batchSize: self.batchSize, data: data, state: state,
                leaves: StepParts.Leaves(
                    scalars: scalars, stepNumber: stepNumber))
    }

    /// Takes the step after those taken so far and returns the number of its samples.
    func takeStep(learningRate: Double) throws -> Int {
        let (epoch, stepInEpoch) = state.step.quotientAndRemainder(dividingBy: stepsPerEpoch)
        let start = stepInEpoch * batchSize
        let count = min(batchSize, data.count - start)
        let step = parts == nil ? try steps[count] ?? compile(batchSize: count) : nil

        let backend = state.backend
        try observer.during(.batch(step: state.step + 1)) {
            try arrange(epoch)
            try bring()
            guard let step else { return }
            if let indices = step.indices {
                try backend.copy(data.order, from: data.place(of: start), to: indices)
            }
            try data.copyOrdered(from: start, to: step.executable)
        }
        state.step += 1
        try backend.write(
            state.graphs.scalars(step: state.step, learningRate: learningRate), to: scalars)
        if step?.usesStepNumber ?? true {
            try backend.write([Int32(truncatingIfNeeded: state.step)], to: stepNumber)
        }
        if let parts {
            try parts.takeStep(from: start, count: count)
        } else {
            try step?.executable.run()
        }
        return count
    }

    /// How long steps have waited for samples to be brought; nil where all of them are on the device.
    var waited: Duration? { data.stream?.waited }

    /// Brings the samples of the step after those taken so far in place, if they are not there.
    private func bring() throws {
        guard data.stream != nil else { return }
        try observer.during(.samples(step: state.step + 1)) {
            try data.bring(state.step) { $0 < lastStep ? samples(ofStep: $0 + 1) : nil }
        }
    }

    /// The samples of a step, counted from 1.
    private func samples(ofStep step: Int) -> [Int32] {
        let (epoch, stepInEpoch) = (step - 1).quotientAndRemainder(dividingBy: stepsPerEpoch)
        let start = stepInEpoch * batchSize
        let places = start..<min(start + batchSize, data.count)
        return isShuffled ? Array(order(of: epoch)[places]) : places.map { Int32($0) }
    }

    /// Counts the step after those taken so far as taken and leaves everything as it is.
    func skipStep() {
        state.step += 1
    }

    /// At most so many of the samples of a step, counted from 1, on the host.
    ///
    /// - Parameters:
    ///   - step: The step.
    ///   - limit: How many samples to take at most.
    ///   - isTraining: Whether they are for a step, with what is drawn for it.
    /// - Returns: The first samples of the step.
    /// - Throws: ``DataError``.
    func batch(
        ofStep step: Int, atMost limit: Int = .max, isTraining: Bool = false
    ) throws -> HostBatch {
        let indices = Array(samples(ofStep: step).prefix(limit))
        let draws = isTraining ? state.graphs.augmentationDraws : nil
        return try HostBatch(
            dataset, indices, step: step, for: state.graphs,
            ordered: Dictionary(
                uniqueKeysWithValues: data.ordered.compactMap { ordered in
                    ordered.column.map { (ordered.name, $0) }
                }),
            drawn: draws.map {
                [
                    TrainingGraphs.Name.augmentation: drawn(
                        $0, for: indices, in: (step - 1) / stepsPerEpoch)
                ]
            } ?? [:])
    }

    /// What chance decides about some samples in an epoch.
    private func drawn(
        _ draws: AugmentationDraws, for samples: [Int32], in epoch: Int
    ) -> Column {
        Column(
            width: draws.draws.count,
            values: .floats(draws.numbers(of: samples, seed: state.graphs.seed, epoch: epoch)))
    }

    /// The order of the samples in an epoch, a function of the seed and the epoch alone.
    private func order(of epoch: Int) -> [Int32] {
        guard isShuffled else { return Array(0..<Int32(data.count)) }
        if let known = latestOrders.first(where: { $0.epoch == epoch }) { return known.indices }
        let indices = Philox(seed: state.graphs.seed).permutation(
            count: data.count, step: UInt32(truncatingIfNeeded: epoch),
            stream: RandomStream.shuffling)
        // At the end of an epoch, samples of the next one are brought already.
        latestOrders = latestOrders.suffix(1) + [(epoch, indices)]
        return indices
    }

    /// Puts the samples into the order of an epoch, and draws what changes its pictures.
    private func arrange(_ epoch: Int) throws {
        let draws = state.graphs.augmentationDraws
        let isNewInEachEpoch = isShuffled || draws != nil
        guard epochInPlace == nil || (isNewInEachEpoch && epochInPlace != epoch) else { return }
        epochInPlace = epoch
        guard isNewInEachEpoch else {
            return
        }
        try observer.during(.order(epoch: epoch + 1)) {
            let permutation = order(of: epoch)
            try data.arrange(permutation)
            for ordered in data.ordered where !ordered.isBrought {
                let column =
                    ordered.column.map { isShuffled ? $0.reordered(permutation) : $0 }
                    ?? draws.map { drawn($0, for: permutation, in: epoch) }
                try column?.values.write(to: ordered.buffer, on: state.backend)
            }
        }
    }

    private func compile(batchSize: Int) throws -> Step {
        typealias Name = TrainingGraphs.Name
        let graph = try state.graphs.step(data.picking(batchSize, for: state.graphs))
        let leaves = Set(graph.leaves.map(\.name))
        let usesStepNumber = leaves.contains(Name.step)
        var buffers = data.gathered
        buffers[Name.scalars] = scalars
        if usesStepNumber { buffers[Name.step] = stepNumber }
        let executable = try state.compile(graph, buffers)
        let step = Step(
            executable: executable,
            indices: try leaves.contains(Name.indices)
                ? executable.buffer(named: Name.indices) : nil,
            usesStepNumber: usesStepNumber)
        steps[batchSize] = step
        return step
    }
}
