import Foundation
import NNFiles
import NNGraph

/// Small data sets that are made from a seed, the classics for looking at what a network learns.
public enum GeneratedData: String, CaseIterable, Sendable {
    /// Four clusters around (±1, ±1); the class says whether the signs differ.
    case xor
    /// Two interleaving half circles.
    case moons
    /// A circle within a circle of twice its radius.
    case circles
    /// Two arms that wind around each other one and a half times.
    case spirals
    /// The curve y = sin(x) over [-π, π], without noise.
    case sine

    /// The first of two streams of random numbers, far from the small ones that graphs use.
    private static let stream: UInt32 = 0xDA7A_0000

    /// Makes 1,000 samples to train on and 500 others to test on.
    public func split(seed: UInt64) throws(DataError) -> DatasetSplit {
        try DatasetSplit(
            train: dataset(count: 1000, seed: seed, stream: Self.stream),
            test: dataset(count: 500, seed: seed, stream: Self.stream + 1))
    }

    private func dataset(count: Int, seed: UInt64, stream: UInt32) throws(DataError) -> Dataset {
        let generator = Philox(seed: seed)
        var features: [Float] = []
        var targets: [Float] = []
        for index in 0..<count {
            let draws = (0..<4).map { lane in
                Double(generator.uniform(index: UInt64(4 * index + lane), step: 0, stream: stream))
            }
            let sample = sample(index, uniform: draws[0], noise: Self.normals(draws[2], draws[3]))
            features += sample.features.map(Float.init)
            targets.append(Float(sample.target))
        }
        return try Dataset(
            name: rawValue, features: features, sampleShape: [features.count / count],
            targets: targets, targetWidth: 1)
    }

    /// Returns one sample; the classes take turns by index, so that they are equally large.
    private func sample(
        _ index: Int, uniform: Double, noise: SIMD2<Double>
    ) -> (features: [Double], target: Double) {
        let label = Double(index % 2)
        let isFirst = index % 2 == 0
        let center: SIMD2<Double>
        switch self {
        case .xor:
            let x: Double = index % 4 < 2 ? 1 : -1
            center = [x, isFirst ? x : -x]
        case .moons:
            let angle = .pi * uniform
            center =
                isFirst ? [cos(angle), sin(angle)] : [1 - cos(angle), 0.5 - sin(angle)]
        case .circles:
            let angle = 2 * .pi * uniform
            center = (isFirst ? 1 : 0.5) * SIMD2(cos(angle), sin(angle))
        case .spirals:
            // The arms keep off the origin, where they would meet.
            let radius = 0.1 + 0.9 * uniform
            let angle = .pi * (3 * radius + label)
            center = radius * SIMD2(cos(angle), sin(angle))
        case .sine:
            let x = .pi * (2 * uniform - 1)
            return ([x], sin(x))
        }
        let point = center + noiseDeviation * noise
        return ([point.x, point.y], label)
    }

    /// The standard deviation of each coordinate: visible, yet all but a few samples stay separable.
    private var noiseDeviation: Double {
        switch self {
        case .xor: 0.3
        case .moons, .circles: 0.1
        case .spirals: 0.05
        case .sine: 0
        }
    }

    /// Returns two independent normal numbers made of two uniform ones (Box and Muller, 1958).
    private static func normals(_ u: Double, _ v: Double) -> SIMD2<Double> {
        sqrt(-2 * log(1 - u)) * SIMD2(cos(2 * .pi * v), sin(2 * .pi * v))
    }
}
