import NNGraph
import NNTraining

/// A model with data and weights, whose loss is a function of the weights alone.
struct GradientSubject {
    /// Which of the generator's streams serves what.
    enum Stream {
        static let data: UInt32 = 0x3000_0000
        static let samples: UInt32 = 0x3000_0010
    }

    let layout: ParameterLayout
    let weights: [Double]
    private let losses: Tensor
    private let parameters: Tensor
    private let views: [Tensor]
    private let features: [Double]
    private let targets: [Double]
    private let targetType: TensorType

    init(
        _ model: Sequential, inputShape: Shape, loss: Loss, parameters given: [Float]?,
        batchSize: Int, seed: UInt64
    ) throws {
        let layout = try ParameterLayout(of: model, inputShape: inputShape)
        let parameters = try Tensor.parameter("parameters", [layout.count])
        let pass = try ForwardPass(
            isTraining: true, seed: seed, parameters: layout.views(of: parameters))
        let x = try Tensor.input("features", Shape([batchSize] + inputShape.dimensions))
        let outputs = try model(x, in: pass)
        let targetType = loss.targetType(for: outputs.shape)
        let y = try Tensor.input("targets", targetType.shape, targetType.elementType)
        let philox = Philox(seed: seed)
        func uniform(_ count: Int, _ stream: UInt32) -> [Double] {
            (0..<count).map {
                Double(philox.uniform(index: UInt64($0), step: 0, stream: Stream.data + stream))
            }
        }
        let classes = outputs.shape.dimensions.last ?? 1
        self.layout = layout
        self.parameters = parameters
        self.targetType = targetType
        weights = (given ?? layout.initialValues(seed: seed)).map { Double($0) }
        losses = try loss.ofEachSample(outputs, y).mean()
        views = pass.parameters.map(\.tensor)
        features = uniform(x.shape.count, 0).map { 2 * $0 - 1 }
        targets = uniform(targetType.shape.count, 1).map { number in
            switch loss {
            case .softmaxCrossEntropy: (number * Double(classes)).rounded(.down)
            case .binaryCrossEntropy: number.rounded()
            case .meanSquaredError: 2 * number - 1
            }
        }
    }

    /// The loss alone, with everything but the weights written.
    func evaluation(on backend: some Backend) throws -> any Executable {
        try prepared(Graph(outputs: ["loss": losses]), on: backend)
    }

    /// The loss and its gradient, and the median time of computing them.
    func gradient<B: Backend, Element>(
        on backend: B, read: (B, any TensorBuffer) throws -> [Element]
    ) throws -> (loss: Element, values: [Element], seconds: Double) {
        let parts = try gradients(of: losses, withRespectTo: views)
        let gradient = try concatenate(parts.map { try $0.reshape([$0.shape.count]) })
        let executable = try prepared(
            Graph(outputs: ["loss": losses, "gradient": gradient]), on: backend)
        try executable.run()
        try backend.synchronize()
        let times = try (0..<5).map { _ in
            let start = ContinuousClock.now
            try executable.run()
            try backend.synchronize()
            return (ContinuousClock.now - start) / .seconds(1)
        }
        return (
            try read(backend, executable.buffer(named: "loss"))[0],
            try read(backend, executable.buffer(named: "gradient")),
            times.sorted()[times.count / 2]
        )
    }

    private func prepared(_ graph: Graph, on backend: some Backend) throws -> any Executable {
        let executable = try backend.compile(graph)
        try backend.write(weights, to: executable.buffer(named: "parameters"))
        try backend.write(features, to: executable.buffer(named: "features"))
        let buffer = try executable.buffer(named: "targets")
        if targetType.elementType == .int32 {
            try backend.write(targets.map { Int32($0) }, to: buffer)
        } else {
            try backend.write(targets, to: buffer)
        }
        return executable
    }
}
