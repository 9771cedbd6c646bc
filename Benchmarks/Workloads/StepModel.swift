import NNGPU

/// A network whose training steps are measured.
public struct StepModel: Sendable {
    /// What it is called.
    public let name: String
    /// The layers.
    public let network: Network
    /// The batch sizes that are measured unless others are asked for.
    public let batchSizes: [Int]

    /// A network for samples of one kind and for classes.
    ///
    /// - Throws: ``BenchmarkError/unsuitable(_:)`` for any other.
    public init(_ name: String, _ network: Network, batchSizes: [Int] = [32, 128]) throws {
        let outputs = try ParameterLayout(of: network).outputShapes
        guard network.inputs.count == 1, network.inputs[0].elementType == .float,
            outputs.count == 1, let shape = outputs.first?.value, shape.rank == 2, shape[1] > 1
        else { throw BenchmarkError.unsuitable(name) }
        self.name = name
        self.network = network
        self.batchSizes = batchSizes
    }

    /// The perceptrons that are measured unless others are asked for.
    public static let names = ["default", "deep", "wide", "tiny"]

    /// The features, the widths of the hidden layers and the classes of 784-512-512-10, which learns Fashion-MNIST.
    public static let standardSizes = [784, 512, 512, 10]

    /// The perceptron of a name in ``names``, affine layers with ReLU between them; nil for any other.
    public init?(named name: String) throws {
        let (sizes, batchSizes): ([Int], [Int])
        switch name {
        case "default": (sizes, batchSizes) = (Self.standardSizes, [32, 128, 512, 2048])
        // Eight hidden layers: many launches for little arithmetic.
        case "deep": (sizes, batchSizes) = ([784] + Array(repeating: 256, count: 8) + [10], [128])
        // As many classes as a vocabulary has words.
        case "wide": (sizes, batchSizes) = ([512, 32_000], [128])
        // A step that is all overhead.
        case "tiny": (sizes, batchSizes) = ([8, 8, 2], [1])
        default: return nil
        }
        let layers = Sequential.multilayerPerceptron(
            inputs: sizes[0], hidden: Array(sizes.dropFirst().dropLast()),
            outputs: sizes[sizes.count - 1])
        try self.init(name, Network(layers, inputShape: [sizes[0]]), batchSizes: batchSizes)
    }
}
