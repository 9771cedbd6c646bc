import NNGraph
import NNModel

extension TrainingGraphs {
    /// A batch that is picked from all samples, which stay where they are.
    ///
    /// The numbers and bytes of inputs are gathered by index; whole numbers, which nothing can gather, are leaves of
    /// the batch alone.
    struct Picking {
        let inputs: NamedTensors
        let batchSize: Int

        /// Samples whose floating-point features are all kept in one way.
        init(
            _ graphs: TrainingGraphs, batchSize: Int, of sampleCount: Int, _ features: ElementType
        ) throws {
            try self.init(graphs, batchSize: batchSize, of: sampleCount) { _ in features }
        }

        /// Samples of a data set.
        init(
            _ graphs: TrainingGraphs, batchSize: Int, of sampleCount: Int,
            elementType: (String) throws -> ElementType
        ) throws {
            let indices = try Tensor.input(Name.indices, [batchSize], .int32)
            self.batchSize = batchSize
            inputs = NamedTensors(
                try Dictionary(
                    uniqueKeysWithValues: graphs.network.inputs.map { input in
                        guard input.elementType == .float else {
                            return (
                                input.name,
                                try .input(
                                    input.name, input.type(batchSize: batchSize).shape,
                                    input.elementType)
                            )
                        }
                        let all = try Tensor.input(
                            input.name, input.type(batchSize: sampleCount).shape,
                            elementType(input.name))
                        return (input.name, try all.gather(indices))
                    }))
        }
    }

    /// A model applied to a batch, and what follows from its outputs.
    package struct Batch {
        package let outputs: NamedTensors
        package let terms: TaskTerms
        private let vectors: ParameterTensors
        private let running: [String: Tensor]

        init(
            of graphs: TrainingGraphs, inputs: NamedTensors, isTraining: Bool,
            rows: ForwardPass.Rows? = nil
        ) throws {
            vectors = try ParameterTensors(graphs.layout)
            let pass = try ForwardPass(
                isTraining: isTraining, seed: graphs.seed, parameters: vectors.views, rows: rows)
            outputs = try graphs.network(inputs, in: pass)
            running = pass.updates
            terms = try TaskTerms(graphs.task, outputs: outputs)
        }

        /// All trained parameters.
        package var parameters: Tensor { vectors.trained }

        /// A parameter as a part of its vector.
        package func view(_ name: String) throws -> Tensor {
            guard let view = vectors.views[name] else { throw ModelError.missingParameter(name) }
            return view
        }

        /// The gradient of the loss [parameter count].
        package func gradient(of loss: Tensor) throws -> Tensor {
            try vectors.gradient(of: loss)
        }

        /// The sums that a training reports, added up on the device so that no step waits.
        func metricsUpdate() throws -> (parameter: Tensor, value: Tensor) {
            let sums = try terms.sums()
            let metrics = try Tensor.parameter(Name.metrics, sums.shape)
            return (metrics, try metrics + sums)
        }

        /// What running parameters become, if layers changed any.
        func runningUpdates() throws -> [(parameter: Tensor, value: Tensor)] {
            try vectors.runningUpdates(running)
        }
    }
}
