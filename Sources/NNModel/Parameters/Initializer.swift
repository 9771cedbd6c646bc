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
public indirect enum Initializer: Hashable, Sendable {
    /// Uniform within ±1/√fanIn: the default of PyTorch's `nn.Linear`, weight and bias.
    case standard
    /// Uniform within ±√(6/fanIn) (He et al., 2015), for ReLU.
    case heUniform
    /// Normal with deviation √(2/fanIn) (He et al., 2015), for ReLU.
    case heNormal
    /// Uniform within ±√(6/(fanIn + fanOut)) (Glorot and Bengio, 2010), for tanh.
    case glorotUniform
    /// Normal with deviation √(2/(fanIn + fanOut)) (Glorot and Bengio, 2010), for tanh.
    case glorotNormal
    /// All zeros.
    case zeros
    /// All ones.
    case ones
    /// The same number everywhere.
    case constant(Double)
    /// Normal with mean 0 and the given deviation.
    case normal(deviation: Double)
    /// The same without what is further than two deviations from 0.
    case truncatedNormal(deviation: Double)
    /// A random matrix whose rows, or columns if it has more rows, are orthogonal and of length `gain` (Saxe et
    /// al., 2014); axes after the first count as one.
    case orthogonal(gain: Double)
    /// As another one, but for one row of zeros.
    case zeroRow(Int, Initializer)

    /// What a bias beside a weight of this initializer begins with.
    package var forBias: Initializer { self == .standard ? .standard : .zeros }

    /// The first values of a parameter.
    public func values(shape: Shape, fan: Fan, seed: UInt64, stream: UInt32) -> [Float] {
        let count = shape.count
        let draws = Draws(philox: Philox(seed: seed), stream: stream)
        func uniform(_ bound: Double) -> [Float] {
            (0..<count).map { Float((2 * draws.uniform($0) - 1) * bound) }
        }
        func normal(_ deviation: Double) -> [Float] {
            (0..<count).map { Float(deviation * draws.normal($0)) }
        }
        let (input, both) = (Double(fan.input), Double(fan.input + fan.output))
        return switch self {
        case .standard: uniform(1 / input.squareRoot())
        case .heUniform: uniform((6 / input).squareRoot())
        case .heNormal: normal((2 / input).squareRoot())
        case .glorotUniform: uniform((6 / both).squareRoot())
        case .glorotNormal: normal((2 / both).squareRoot())
        case .zeros: [Float](repeating: 0, count: count)
        case .ones: [Float](repeating: 1, count: count)
        case .constant(let number): [Float](repeating: Float(number), count: count)
        case .normal(let deviation): normal(deviation)
        case .truncatedNormal(let deviation):
            (0..<count).map { place in
                // One draw in twenty-two is further out, and the next one of the same place takes over.
                let inside = (0...).lazy.map { draws.normal(place + $0 * count) }.first {
                    abs($0) <= 2
                }
                return Float(deviation * (inside ?? 0))
            }
        case .orthogonal(let gain): draws.orthogonal(shape).map { Float(gain * $0) }
        case .zeroRow(let row, let others):
            others.values(shape: shape, fan: fan, seed: seed, stream: stream).enumerated().map {
                $0 / (count / (shape.dimensions.first ?? 1)) == row ? 0 : $1
            }
        }
    }
}

/// The random numbers of one parameter, by place.
private struct Draws {
    let philox: Philox
    let stream: UInt32

    func uniform(_ index: Int) -> Double {
        Double(philox.uniform(index: UInt64(index), step: 0, stream: stream))
    }

    /// Box and Muller (1958); 1 − u is never 0.
    func normal(_ index: Int) -> Double {
        (-2 * log(1 - uniform(2 * index))).squareRoot() * cos(2 * .pi * uniform(2 * index + 1))
    }

    /// Orthonormal rows, or columns if there are fewer, from a normal matrix by Gram and Schmidt, each vector
    /// taken through it twice so that rounding leaves nothing (Giraud et al., 2005).
    func orthogonal(_ shape: Shape) -> [Double] {
        let rows = shape.dimensions.first ?? 1
        let columns = shape.count / rows
        let (count, length) = (min(rows, columns), max(rows, columns))
        var vectors: [[Double]] = []
        for place in 0..<count {
            var vector = (0..<length).map { normal(place * length + $0) }
            for _ in 0..<2 {
                for other in vectors {
                    let along = zip(vector, other).reduce(0) { $0 + $1.0 * $1.1 }
                    for index in vector.indices { vector[index] -= along * other[index] }
                }
            }
            let norm = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
            vectors.append(vector.map { $0 / norm })
        }
        return (0..<rows).flatMap { row in
            (0..<columns).map { rows <= columns ? vectors[row][$0] : vectors[$0][row] }
        }
    }
}
