import Foundation
import NNFiles
import NNGraph

/// Where each parameter of a model lies in one flat vector.
///
/// All parameters in one vector make an optimizer's step, a norm and a copy one operation each,
/// however many layers there are.
public struct ParameterLayout: Sendable {
    /// One parameter.
    public struct Entry: Sendable, Equatable {
        /// Its name, such as `0.weight`.
        public let name: String
        /// Its shape.
        public let shape: Shape
        /// Its place in the vector.
        public let range: Range<Int>
        /// How it begins.
        public let initializer: Initializer
        /// What the initializer scales by.
        public let fan: Fan
    }

    /// The parameters in the order of the layers.
    public let entries: [Entry]
    /// The length of the vector.
    public let count: Int
    /// The shape of the model's result for a batch of one sample.
    public let outputShape: Shape
    /// The layers, for ``ModelSummary``.
    let rows: [ModelSummary.Row]

    /// The most axes that a sample may have.
    static let maximumInputRank = 8

    /// Walks through a model that takes samples of the given shape.
    public init(of model: Sequential, inputShape: Shape) throws {
        try model.checkSize()
        guard inputShape.rank <= Self.maximumInputRank,
            inputShape.dimensions.allSatisfy({ $0 >= 1 }),
            let size = inputShape.dimensions.checkedProduct, size <= Int32.max
        else { throw ModelError.inputSize(inputShape) }
        let pass = try ForwardPass()
        let x = try Tensor.input("features", Shape([1] + inputShape.dimensions))
        outputShape = try model(x, in: pass).shape
        rows = pass.layers
        var end = 0
        entries = pass.parameters.map { parameter in
            let start = end
            end += parameter.tensor.shape.count
            return Entry(
                name: parameter.name, shape: parameter.tensor.shape, range: start..<end,
                initializer: parameter.initializer, fan: parameter.fan)
        }
        count = end
        guard count > 0 else { throw ModelError.noParameters }
        guard count <= Int32.max else {
            throw ModelError.parameterSize(name: "vector of all parameters", shape: [count])
        }
    }

    /// The vector that every parameter's initializer fills its part of.
    public func initialValues(seed: UInt64) -> [Float] {
        entries.enumerated().flatMap { index, entry in
            entry.initializer.values(
                count: entry.range.count, fan: entry.fan, seed: seed,
                stream: RandomStream.parameters + UInt32(index))
        }
    }

    /// Each parameter as a part of the vector, by name.
    public func views(of vector: Tensor) throws -> [String: Tensor] {
        try Dictionary(
            uniqueKeysWithValues: entries.map {
                ($0.name, try vector.slice($0.range).reshape($0.shape))
            })
    }

    /// The vector that holds the file's tensors, which must be the model's parameters, all finite.
    public func vector(from file: Safetensors) throws -> [Float] {
        try check(file)
        return try entries.flatMap { entry in
            let values = file[entry.name]?.floats() ?? []
            guard values.allSatisfy(\.isFinite) else {
                throw ModelError.parameterNotFinite(name: entry.name)
            }
            return values
        }
    }

    /// The parameters in a vector as named tensors.
    public func tensors(from vector: [Float]) throws -> [Safetensors.Tensor] {
        try entries.map {
            try Safetensors.Tensor(
                name: $0.name, shape: $0.shape.dimensions, floats: Array(vector[$0.range]))
        }
    }

    /// Throws unless the file's tensors have the names and shapes of the model's parameters.
    func check(_ file: Safetensors) throws {
        for entry in entries {
            guard let tensor = file[entry.name] else {
                throw ModelError.missingParameter(entry.name)
            }
            guard tensor.shape == entry.shape.dimensions else {
                throw ModelError.parameterShape(
                    name: entry.name, expected: entry.shape, found: Shape(tensor.shape))
            }
        }
        let names = Set(entries.map(\.name))
        if let extra = file.tensors.first(where: { !names.contains($0.name) }) {
            throw ModelError.unexpectedParameter(extra.name, known: entries.map(\.name))
        }
    }
}
