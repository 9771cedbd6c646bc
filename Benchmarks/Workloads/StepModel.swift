import NNGPU

/// The networks whose training steps are measured: affine layers with ReLU between them.
public enum StepModel: String, CaseIterable, Codable, Sendable {
    /// 784-512-512-10, which learns Fashion-MNIST.
    case standard = "default"
    /// 784, eight hidden layers of 256, 10: many launches for little arithmetic.
    case deep
    /// A single layer from 512 to 32,000: as many classes as a vocabulary has words.
    case wide
    /// 8-8-2, a step that is all overhead.
    case tiny

    /// The features, the widths of the hidden layers and the classes.
    public var sizes: [Int] {
        switch self {
        case .standard: [784, 512, 512, 10]
        case .deep: [784] + [Int](repeating: 256, count: 8) + [10]
        case .wide: [512, 32_000]
        case .tiny: [8, 8, 2]
        }
    }

    /// The batch sizes that are measured unless others are asked for.
    public var batchSizes: [Int] {
        switch self {
        case .standard: [32, 128, 512, 2048]
        case .deep, .wide: [128]
        case .tiny: [1]
        }
    }

    /// The layers.
    var layers: Sequential {
        .multilayerPerceptron(
            inputs: sizes[0], hidden: Array(sizes.dropFirst().dropLast()),
            outputs: sizes[sizes.count - 1])
    }
}
