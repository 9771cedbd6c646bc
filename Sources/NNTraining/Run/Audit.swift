import NNGraph
import NNModel
import NNReference

/// Compares now and then what the device computes with the reference in double precision.
///
/// A whole batch would take the reference longer than many steps. So the device gets a batch of the
/// training's size, on which the same kernels run, that consists of one sample over and over: its mean
/// loss and gradient are that sample's, which is all that the reference has to compute.
final class Audit {
    private let state: TrainingState
    private let feed: BatchFeed
    private let onDevice: any Executable
    private let onReference: Replay<Double>
    /// What the sums that only the device computes may add to the error of the loss and of each norm,
    /// relative to its value: those over the batch, and over the gradient's elements.
    private let roundings: [Double]

    /// Half a unit in the last place of 1 in single precision.
    private static let roundoff = 0x1p-24

    init(_ state: TrainingState, _ feed: BatchFeed) throws {
        self.state = state
        self.feed = feed
        onDevice = try state.compile(
            state.graphs.audit(batchSize: feed.batchSize, isReference: false))
        onReference = try Replay(state.graphs)
        let terms = [feed.batchSize] + state.graphs.layout.entries.map(\.range.count)
        roundings = terms.map { Independent.growth(Double($0)) * Self.roundoff }
    }

    /// Compares the loss of a sample of the last step and the norms of its gradients.
    ///
    /// - Throws: ``TrainingError/audit(step:quantity:device:reference:bound:)``.
    func check() throws {
        let sample = try feed.batch(ofStep: state.step, atMost: 1)
        let measured = try run(on: sample)
        let parameters = try state.store.values()
        // A training that diverges is another matter.
        let isSuspicious = zip(zip(measured, roundings), try onReference.run(sample, parameters))
            .contains { found, exact in
                exact.isFinite && !(Swift.abs(found.0 - exact) <= found.1 * Swift.abs(exact))
            }
        guard isSuspicious else { return }
        let likely = try Replay<LikelyBounded>(state.graphs).run(sample, parameters)
        let names = state.graphs.layout.entries.map { "norm of the gradient of \($0.name)" }
        for (index, exact) in likely.enumerated() where exact.value.isFinite {
            // Longer on the device are the sums over the batch and those of a norm's squares.
            let bound =
                exact.error * Double(feed.batchSize).squareRoot()
                + roundings[index] * Swift.abs(exact.value)
            guard !(Swift.abs(measured[index] - exact.value) <= bound) else { continue }
            throw TrainingError.audit(
                step: state.step, quantity: (["loss"] + names)[index], device: measured[index],
                reference: exact.value, bound: bound)
        }
    }

    private func run(on sample: HostBatch) throws -> [Double] {
        try sample.write(to: onDevice, on: state.backend, copies: feed.batchSize)
        try onDevice.run()
        return try state.backend.read(onDevice.buffer(named: TrainingGraphs.Name.result))
    }

    /// The same for one sample on the reference.
    private struct Replay<Scalar: ReferenceScalar> {
        private let backend = ReferenceBackend<Scalar>()
        private let layout: ParameterLayout
        private let executable: any Executable

        init(_ graphs: TrainingGraphs) throws {
            layout = graphs.layout
            executable = try backend.compile(graphs.audit(batchSize: 1, isReference: true))
        }

        func run(_ sample: HostBatch, _ parameters: ParameterValues) throws -> [Scalar] {
            try sample.write(to: executable, on: backend)
            for (entries, values) in [
                (layout.entries, parameters.trained), (layout.fixedEntries, parameters.fixed),
            ] {
                for entry in entries {
                    try backend.write(
                        Array(values[entry.range]), to: executable.buffer(named: entry.name))
                }
            }
            try executable.run()
            return try backend.readScalars(
                executable.buffer(named: TrainingGraphs.Name.result))
        }
    }
}

extension TrainingGraphs {
    /// The mean loss of a batch, and after it the norms of the parameters' gradients.
    ///
    /// On the reference each parameter is a leaf of its own, which spares it the copies.
    fileprivate func audit(batchSize: Int, isReference: Bool) throws -> Graph {
        let pass = try ForwardPass(
            seed: seed, parameters: isReference ? nil : ParameterTensors(layout).views)
        let outputs = try network(network.leaves(batchSize: batchSize), in: pass)
        let mean = try TaskTerms(task, outputs: outputs).mean()
        let leaves = Dictionary(
            uniqueKeysWithValues: pass.parameters.map { ($0.name, $0.tensor) })
        let norms = try gradients(
            of: mean, withRespectTo: layout.entries.compactMap { leaves[$0.name] }
        ).map(isReference ? normOfOuterProduct : globalNorm)
        return try Graph(outputs: [
            Name.result: concatenate(([mean] + norms).map { try $0.reshape([1]) })
        ])
    }
}

/// The norm of a gradient, without the gradient if that is `a · bᵀ`: `‖a‖ · ‖b‖`.
///
/// So it is for the weight of a linear layer and one sample, where the gradient would be most of the work.
private func normOfOuterProduct(_ gradient: Tensor) throws -> Tensor {
    switch gradient.operation {
    case .reshape, .transpose:
        return try normOfOuterProduct(gradient.operands[0])
    case .matmul(let transposeA, _, .matrix):
        let a = gradient.operands[0].shape
        guard a.rank == 2, a[transposeA ? 0 : 1] == 1 else { return try globalNorm(gradient) }
        return try globalNorm(gradient.operands[0]) * globalNorm(gradient.operands[1])
    default:
        return try globalNorm(gradient)
    }
}
