import NNGraph
import NNReference

/// One step of a training on the reference, from the state and the samples that the device has.
struct ReferenceStep<Scalar: ReferenceScalar> {
    let backend = ReferenceBackend<Scalar>()
    let executable: any Executable

    /// Prepares a graph whose leaves are named as those of a training's step.
    init(_ graph: Graph, of batch: HostBatch, state: TrainingState, learningRate: Double) throws {
        typealias Name = TrainingGraphs.Name
        executable = try backend.compile(graph)
        let persistent = Dictionary(
            uniqueKeysWithValues: state.persistent.map { ($0.name, $0.buffer) })
        for (name, _) in graph.leaves {
            let buffer = try executable.buffer(named: name)
            switch name {
            case Name.indices: try backend.write(Array(0..<Int32(batch.count)), to: buffer)
            case Name.scalars:
                let scalars = state.graphs.scalars(step: batch.step, learningRate: learningRate)
                try backend.write(scalars, to: buffer)
            case Name.step:
                try backend.write([Int32(truncatingIfNeeded: batch.step)], to: buffer)
            case _ where batch.columns[name] != nil: break
            default:
                // The sums that are only reported start from zero.
                guard let own = persistent[name] else { continue }
                try backend.write(state.backend.read(own), to: buffer)
            }
        }
        try batch.write(to: executable, on: backend)
    }
}

extension ReferenceStep {
    /// The first operation of the next step that gives a number that is not finite.
    static func firstNonFinite(
        of number: Int, in run: TrainingRun
    ) throws -> Divergence.Source? {
        let batch = try run.feed.batch(ofStep: number, isTraining: true)
        let graph = try run.state.graphs.step(sampleCount: batch.count, batchSize: batch.count)
        let step = try Self(
            graph, of: batch, state: run.state, learningRate: run.learningRate(of: number))
        return try step.backend.firstNonFinite(in: step.executable).map { tensor, number in
            Divergence.Source(
                operation: tensor.operation.leafName ?? tensor.operation.name,
                number: number.isNaN ? "NaN" : number < 0 ? "−∞" : "∞", origin: tensor.origin)
        }
    }
}
