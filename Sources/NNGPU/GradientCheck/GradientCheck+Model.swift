import NNGraph
import NNModel
import NNReference
import NNTraining

extension GradientCheck {
    /// Checks the gradients of a model on random data.
    ///
    /// - Parameters:
    ///   - network: The model and what goes into it; dropout draws the same units everywhere.
    ///   - task: What is differentiated.
    ///   - backend: What is compared with the reference.
    ///   - parameters: The weights to check at; by default a fresh initialization.
    ///   - batchSize: The number of random samples.
    ///   - samples: How many elements of each parameter are differentiated numerically at most.
    ///   - seed: What the data, the weights and the choice of elements depend on.
    /// - Throws: `ModelError`, `GraphError`, ``GradientCheckError`` or what the backend throws.
    public init(
        of network: Network, task: TrainingTask, on backend: any Backend,
        parameters: ParameterValues? = nil, batchSize: Int, samples: Int, seed: UInt64
    ) throws {
        try self.init(
            of: GradientSubject(
                network, task: task, parameters: parameters, batchSize: batchSize, seed: seed),
            on: backend, reference: ReferenceBackend<Double>(), samples: samples, seed: seed)
    }

    /// The same of a layer that takes samples of the given shape.
    public init(
        of model: some Layer, inputShape: Shape, loss: some Loss, on backend: any Backend,
        parameters: ParameterValues? = nil, batchSize: Int, samples: Int, seed: UInt64
    ) throws {
        try self.init(
            of: Network(model, inputShape: inputShape), task: TrainingTask(loss), on: backend,
            parameters: parameters, batchSize: batchSize, samples: samples, seed: seed)
    }
}

extension GradientSubject {
    /// A model with random data, as it is trained: its parameters are views of one vector.
    init(
        _ network: Network, task: TrainingTask, parameters given: ParameterValues?,
        batchSize: Int, seed: UInt64
    ) throws {
        let graphs = try TrainingGraphs(network, task: task, optimizer: SGD(), seed: seed)
        let batch = try graphs.batch(batchSize, isTraining: true)
        let loss = try batch.terms.mean()
        let philox = Philox(seed: seed)
        func uniform(_ count: Int, _ stream: UInt32) -> [Double] {
            (0..<count).map {
                Double(philox.uniform(index: UInt64($0), step: 0, stream: Stream.data + stream))
            }
        }
        let start = given ?? graphs.layout.initialValues(seed: seed)
        var values = [
            TrainingGraphs.Name.parameters: start.trained.map { Double($0) },
            TrainingGraphs.Name.fixed: start.fixed.map { Double($0) },
            TrainingGraphs.Name.step: [0],
        ]
        var stream: UInt32 = 0
        func next(_ count: Int) -> [Double] {
            defer { stream += 1 }
            return uniform(count, stream)
        }
        for input in network.inputs {
            let count = batchSize * input.shape.count
            // What is looked up has at least one row, and of a text as many as there are tokens.
            let rows = Double(input.tokenizer?.count ?? 1)
            values[input.name] = next(count).map {
                input.elementType == .int32 ? ($0 * rows).rounded(.down) : 2 * $0 - 1
            }
        }
        for objective in task.objectives where values[objective.target] == nil {
            let output = try batch.outputs[objective.output].shape
            let type = try objective.loss.targetType(for: output)
            let classes = Double(output.dimensions.last ?? 1)
            values[objective.target] = next(type.shape.count).map { number in
                switch (objective.loss.meaning, type.elementType) {
                case (.classes, .int32): (number * classes).rounded(.down)
                case (.classes, _): number / classes
                case (.decisions, _): number.rounded()
                case (.numbers, _): 2 * number - 1
                }
            }
        }
        try self.init(
            of: loss,
            variables: graphs.layout.entries.map { entry in
                Variable(
                    name: entry.name, tensor: try batch.view(entry.name),
                    leaf: TrainingGraphs.Name.parameters, range: entry.range)
            }, values: values)
    }
}
