import NNGraph

/// Takes the steps of a training: brings each batch in place and runs the step's graph.
///
/// The samples stay where they are; a batch is a list of indices, which the device copies from the
/// epoch's order. The targets are brought into that order once an epoch, on the host, because they
/// are few and a copy then serves labels and numbers alike. A step of a size that was met before
/// waits for nothing and allocates nothing on the device.
final class BatchFeed {
    let batchSize: Int
    let stepsPerEpoch: Int
    private let data: ResidentData
    private let dataset: Dataset
    private let isShuffled: Bool
    private let state: TrainingState
    private let observer: (any TrainingObserver)?
    private let order: any TensorBuffer
    private let scalars: any TensorBuffer
    private let stepNumber: any TensorBuffer
    private var epochInPlace: Int?
    /// The order that was asked for last: it takes milliseconds to find.
    private var latestOrder: (epoch: Int, indices: [Int32])?
    private var steps: [Int: Step] = [:]

    /// The step's graph compiled for one batch size.
    private struct Step {
        let executable: any Executable
        let indices: any TensorBuffer
        let targets: any TensorBuffer
        let usesStepNumber: Bool
    }

    init(
        _ dataset: Dataset, batchSize: Int, isShuffled: Bool, state: TrainingState,
        observer: (any TrainingObserver)?
    ) throws {
        data = try ResidentData(dataset, for: state)
        self.dataset = dataset
        self.batchSize = min(batchSize, dataset.count)
        stepsPerEpoch = (dataset.count - 1) / self.batchSize + 1
        self.isShuffled = isShuffled
        self.state = state
        self.observer = observer
        order = try state.backend.makeBuffer(TensorType([dataset.count], .int32))
        let scalarCount = state.graphs.optimizer.scalars(step: 1, learningRate: 0).count
        scalars = try state.backend.makeBuffer(TensorType([scalarCount]))
        stepNumber = try state.backend.makeBuffer(TensorType(.scalar, .int32))
    }

    /// Takes the step after those taken so far and returns the number of its samples.
    func takeStep(learningRate: Double) throws -> Int {
        let (epoch, stepInEpoch) = state.step.quotientAndRemainder(dividingBy: stepsPerEpoch)
        let start = stepInEpoch * batchSize
        let count = min(batchSize, data.count - start)
        let step = try steps[count] ?? compile(batchSize: count)

        let backend = state.backend
        try observer.during(.batch(step: state.step + 1)) {
            try arrange(epoch)
            try backend.copy(order, from: start, to: step.indices)
            try backend.copy(
                data.targets, from: start * data.targetsOnHost.width, to: step.targets)
        }
        state.step += 1
        try backend.write(
            state.graphs.optimizer.scalars(step: state.step, learningRate: learningRate),
            to: scalars)
        if step.usesStepNumber {
            try backend.write([Int32(truncatingIfNeeded: state.step)], to: stepNumber)
        }
        try step.executable.run()
        return count
    }

    /// Counts the step after those taken so far as taken and leaves everything as it is.
    func skipStep() {
        state.step += 1
    }

    /// At most so many of the samples of a step, counted from 1, on the host.
    func batch(ofStep step: Int, atMost limit: Int = .max) -> HostBatch {
        let (epoch, stepInEpoch) = (step - 1).quotientAndRemainder(dividingBy: stepsPerEpoch)
        let rest = order(of: epoch).dropFirst(stepInEpoch * batchSize)
        let indices = Array(rest.prefix(min(batchSize, limit)))
        let width = dataset.featureCount
        return HostBatch(
            step: step, count: indices.count,
            features: indices.flatMap {
                dataset.features[Int($0) * width..<(Int($0) + 1) * width]
            }, targets: data.targetsOnHost.reordered(indices))
    }

    /// The order of the samples in an epoch, a function of the seed and the epoch alone.
    private func order(of epoch: Int) -> [Int32] {
        guard isShuffled else { return Array(0..<Int32(data.count)) }
        if let latestOrder, latestOrder.epoch == epoch { return latestOrder.indices }
        let indices = Philox(seed: state.graphs.seed).permutation(
            count: data.count, step: UInt32(truncatingIfNeeded: epoch),
            stream: RandomStream.shuffling)
        latestOrder = (epoch, indices)
        return indices
    }

    /// Puts the samples into the order of an epoch.
    private func arrange(_ epoch: Int) throws {
        guard epochInPlace == nil || (isShuffled && epochInPlace != epoch) else { return }
        epochInPlace = epoch
        guard isShuffled else { return try state.backend.write(order(of: epoch), to: order) }
        try observer.during(.order(epoch: epoch + 1)) {
            let permutation = order(of: epoch)
            try state.backend.write(permutation, to: order)
            try data.targetsOnHost.reordered(permutation).write(
                to: data.targets, on: state.backend)
        }
    }

    private func compile(batchSize: Int) throws -> Step {
        typealias Name = TrainingGraphs.Name
        let graph = try state.graphs.step(
            sampleCount: data.count, batchSize: batchSize, features: data.features.type.elementType)
        let usesStepNumber = graph.leaves.contains { $0.name == Name.step }
        var buffers = [Name.features: data.features, Name.scalars: scalars]
        if usesStepNumber { buffers[Name.step] = stepNumber }
        let executable = try state.compile(graph, buffers)
        let step = Step(
            executable: executable, indices: try executable.buffer(named: Name.indices),
            targets: try executable.buffer(named: Name.targets), usesStepNumber: usesStepNumber)
        steps[batchSize] = step
        return step
    }
}

/// The samples of a step on the host.
struct HostBatch {
    let step: Int
    let count: Int
    let features: [Float]
    let targets: Targets
}
