import Foundation
import NNGraph

/// How many values meet at one output of a layer, and how many outputs one input reaches.
public struct Fan: Hashable, Sendable {
    /// The number of values that one output is computed from.
    public let input: Int
    /// The number of outputs that one input takes part in.
    public let output: Int

    /// Creates the two numbers.
    public init(input: Int, output: Int) {
        self.input = input
        self.output = output
    }
}

/// How a parameter begins: the distribution that its first values are drawn from.
///
/// The values are computed on the host from a seed and one random stream for each parameter, so
/// they are the same on every backend.
public enum Initializer: String, CaseIterable, Codable, Sendable {
    /// Uniform within ±1/√fanIn: the default of PyTorch's `nn.Linear`, weight and bias.
    case standard
    /// Uniform within ±√(6/fanIn) (He et al., 2015), for ReLU.
    case heUniform = "he-uniform"
    /// Normal with deviation √(2/fanIn) (He et al., 2015), for ReLU.
    case heNormal = "he-normal"
    /// Uniform within ±√(6/(fanIn + fanOut)) (Glorot and Bengio, 2010), for tanh.
    case glorotUniform = "glorot-uniform"
    /// Normal with deviation √(2/(fanIn + fanOut)) (Glorot and Bengio, 2010), for tanh.
    case glorotNormal = "glorot-normal"
    /// All zeros.
    case zeros

    /// What a bias beside a weight of this initializer begins with.
    var forBias: Initializer { self == .standard ? .standard : .zeros }

    /// The first values of a parameter of `count` numbers.
    public func values(count: Int, fan: Fan, seed: UInt64, stream: UInt32) -> [Float] {
        let generator = Philox(seed: seed)
        func draw(_ index: Int) -> Double {
            Double(generator.uniform(index: UInt64(index), step: 0, stream: stream))
        }
        func uniform(_ bound: Double) -> [Float] {
            (0..<count).map { Float((2 * draw($0) - 1) * bound) }
        }
        func normal(_ deviation: Double) -> [Float] {
            (0..<count).map {
                // Box and Muller (1958); 1 − u is never 0.
                let radius = (-2 * log(1 - draw(2 * $0))).squareRoot()
                return Float(deviation * radius * cos(2 * .pi * draw(2 * $0 + 1)))
            }
        }
        let (input, both) = (Double(fan.input), Double(fan.input + fan.output))
        return switch self {
        case .standard: uniform(1 / input.squareRoot())
        case .heUniform: uniform((6 / input).squareRoot())
        case .heNormal: normal((2 / input).squareRoot())
        case .glorotUniform: uniform((6 / both).squareRoot())
        case .glorotNormal: normal((2 / both).squareRoot())
        case .zeros: [Float](repeating: 0, count: count)
        }
    }
}
