import NNGraph

/// Measures choices on a device of this process, and compares their results with the definition.
final class TrialBench {
    private let backend: OpenCLBackend
    private let key: TuningKey
    private var subject: Subject?
    private var prepared: [Trial: Prepared] = [:]

    /// A shape with its operands on the device.
    private struct Subject {
        let shape: ProductShape
        let graph: Graph
        let operands: [String: any TensorBuffer]
        let reference: ReferenceProduct
        /// What the epilogue's tensors hold before the first run.
        let initial: [[Float]]
    }

    /// A compiled choice whose results have been checked.
    private struct Prepared {
        let executable: any Executable
        let relativeError: Double
        /// The time of one run, roughly, in seconds.
        let seconds: Double
    }

    init(_ backend: OpenCLBackend) {
        self.backend = backend
        key = TuningKey(backend.kernels)
    }

    /// The time of one product over a window of so many seconds, and its error in the first run.
    func outcome(of trial: Trial, window: Double) -> Trial.Outcome {
        let product = trial.shape.product
        guard trial.choice.method(for: product) != nil,
            trial.choice.fits(product, with: backend.kernels)
        else { return .failed("it does not suit the product or the device") }
        do {
            let prepared = try prepare(trial)
            let count = max(1, Int(window / max(prepared.seconds, 1e-7)))
            return .measured(
                .init(
                    seconds: try time(prepared.executable, runs: count),
                    relativeError: prepared.relativeError))
        } catch {
            return .failed("\(error)")
        }
    }

    private func prepare(_ trial: Trial) throws -> Prepared {
        let subject = try subject(of: trial.shape)
        if let known = prepared[trial] { return known }
        backend.preferredProduct = trial.choice
        // Without products, all that it says is what CLBlast gets.
        backend.tuning = TuningFile(
            key: key, clBlastParameters: trial.clBlastParameters, products: [])
        let executable = try backend.compile(subject.graph, binding: subject.operands)
        for (index, values) in subject.initial.enumerated() {
            try backend.write(values, to: executable.buffer(named: "x\(index)"))
        }
        try executable.run()
        let error = try relativeError(of: executable, in: subject)
        let result = Prepared(
            executable: executable, relativeError: error, seconds: try time(executable, runs: 2))
        prepared[trial] = result
        return result
    }

    private func subject(of shape: ProductShape) throws -> Subject {
        if let subject, subject.shape == shape { return subject }
        prepared = [:]
        subject = nil
        let graph = try shape.graph()
        let philox = Philox(seed: 1)
        var values: [String: [Float]] = [:]
        for (stream, leaf) in graph.leaves.enumerated() {
            values[leaf.name] = (0..<leaf.tensor.shape.count).map {
                philox.uniform(index: UInt64($0), step: 0, stream: UInt32(stream)) - 0.5
            }
        }
        var operands: [String: any TensorBuffer] = [:]
        for (name, leaf) in graph.leaves where ["a", "b"].contains(name) {
            let buffer = try backend.makeBuffer(leaf.type)
            try backend.write(values[name] ?? [], to: buffer)
            operands[name] = buffer
        }
        let made = Subject(
            shape: shape, graph: graph, operands: operands,
            reference: ReferenceProduct(of: shape, a: values["a"] ?? [], b: values["b"] ?? []),
            initial: (0..<max(shape.reads, shape.writes)).map { values["x\($0)"] ?? [] })
        subject = made
        return made
    }

    /// The largest error in what the first run wrote; infinite if anything is no number.
    private func relativeError(
        of executable: any Executable, in subject: Subject
    ) throws -> Double {
        let (shape, reference) = (subject.shape, subject.reference)
        let results = try (0..<shape.writes).map {
            try backend.readFloats(executable.buffer(named: "x\($0)"))
        }
        var worst = 0.0
        for (index, row) in reference.rows.enumerated() {
            for column in 0..<shape.n {
                let place = row * shape.n + column
                let x = subject.initial.map { Double($0[place]) }
                let exact = shape.epilogueValues(
                    of: reference.elements[index * shape.n + column], x)
                let magnitudes = shape.epilogueValues(
                    of: reference.magnitudes[index * shape.n + column], x.map(abs))
                for (index, result) in results.enumerated() {
                    let error = abs(Double(result[place]) - exact[index]) / magnitudes[index]
                    worst = error.isNaN ? .infinity : max(worst, error)
                }
            }
        }
        return worst
    }

    private func time(_ executable: any Executable, runs: Int) throws -> Double {
        let start = ContinuousClock.now
        for _ in 0..<runs { try executable.run() }
        try backend.synchronize()
        return (ContinuousClock.now - start) / .seconds(1) / Double(runs)
    }
}
