import Foundation
import NNFiles
import NNModel
import NNTraining

/// One result that PyTorch recorded; `Tests/Golden/record.py` says what each kind holds.
package struct GoldenCase: Decodable, Sendable, CustomStringConvertible {
    /// What was recorded.
    package enum Kind: String, Decodable, Sendable {
        case activation, reduction, loss, optimizer, training, metric, schedule, initialization
        case format
    }

    /// The numbers that an optimizer was created with.
    package struct Hyperparameters: Decodable, Sendable {
        package let lr: Double
        package let momentum: Double?
        package let nesterov: Bool?
        package let betas: [Double]?
        package let alpha: Double?
        package let eps: Double?
        package let weight_decay: Double
    }

    /// What a loss or a metric was asked for besides its name, as PyTorch calls it where it has a name for it.
    package struct Options: Decodable, Sendable {
        package let weight: [Double]?
        package let label_smoothing: Double?
        package let ignore_index: Int?
        package let soft_targets: Bool?
        package let pos_weight: [Double]?
        package let delta: Double?
        package let k: Int?
        package let decisions: Bool?
        package let center: Double?
    }

    package let name: String
    package let kind: Kind
    package let file: String?
    package let slope: Double?
    package let loss: String?
    package let metric: String?
    package let options: Options?
    package let outputs: Int?
    package let steps: Int?
    package let optimizer: String?
    package let hyperparameters: Hyperparameters?
    package let dtype: String?
    package let clip_norm: Double?
    package let base_rate: Double?
    package let bias_bound: Double?
    package let weight_bound: Double?

    package var description: String { name }

    /// The recorded tensors.
    package func tensors() throws -> Safetensors {
        try Safetensors(contentsOf: Self.folder.appending(path: file ?? "golden.json"))
    }

    /// All cases of some kinds.
    package static func all(_ kinds: Kind...) throws -> [GoldenCase] {
        struct Manifest: Decodable { let cases: [GoldenCase] }
        let data = try Data(contentsOf: folder.appending(path: "golden.json"))
        return try JSONDecoder().decode(Manifest.self, from: data).cases.filter {
            kinds.contains($0.kind)
        }
    }

    private static let folder = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Golden")
}

extension Safetensors {
    /// The numbers of a tensor, which must be there.
    package func doubles(_ name: String) throws -> [Double] { try tensor(name).doubles() }

    /// The weights that a recorded training began with.
    func initialWeights() throws -> Safetensors {
        try Safetensors(
            tensors.filter { $0.name.hasPrefix("initial.") }.map {
                try Safetensors.Tensor(
                    name: String($0.name.dropFirst("initial.".count)), shape: $0.shape,
                    floats: $0.floats())
            })
    }

    /// The tensor of a name, which must be there.
    package func tensor(_ name: String) throws -> Safetensors.Tensor {
        guard let tensor = self[name] else { throw ModelError.missingParameter(name) }
        return tensor
    }
}

/// How far computed numbers are from the recorded ones.
package struct Deviation: CustomStringConvertible, Sendable {
    /// What was compared.
    package let name: String
    /// The largest difference, relative to the largest recorded magnitude; infinite if a number is
    /// missing, NaN or infinite.
    package let value: Double

    package init(_ name: String, _ found: [Double], _ expected: [Double]) {
        self.name = name
        let scale = expected.map(abs).max() ?? 0
        let largest = zip(found, expected).map { abs($0 - $1) }.reduce(0) {
            $1.isFinite ? max($0, $1) : .infinity
        }
        let isComplete = found.count == expected.count && !found.isEmpty
        value = !isComplete ? .infinity : largest == 0 ? 0 : largest / scale
    }

    /// How far a trained vector is from the recorded one, in parts of the way that the latter has moved.
    package init(_ name: String, _ found: [Double], _ expected: [Double], from start: [Double]) {
        func distance(_ a: [Double], _ b: [Double]) -> Double {
            zip(a, b).map { ($0 - $1) * ($0 - $1) }.reduce(0, +).squareRoot()
        }
        self.name = name
        let isComplete = found.count == expected.count && start.count == expected.count
        let ratio = distance(found, expected) / distance(expected, start)
        value = isComplete && ratio.isFinite ? ratio : .infinity
    }

    package var description: String { "\(name): \(value)" }
}
