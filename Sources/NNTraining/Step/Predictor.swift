import Foundation
import NNFiles
import NNGraph
import NNModel

/// Applies a model to any number of samples, in memory that does not depend on how many there are or how they come.
///
///     let predictor = try Predictor(contentsOf: url, on: DeviceChoice.automatic.open())
///     let logits = try predictor.predict(features)
///
/// Batches are rounded up to powers of two, so that at most eleven sizes are ever compiled, whatever is asked for. A
/// predictor belongs to one thread at a time: an actor that serves requests makes one of its own.
public final class Predictor {
    /// The model.
    public let network: Network
    /// What the outputs are called, in alphabetical order, and their shapes for one sample.
    public let outputs: [(name: String, shape: Shape)]
    /// What a saved model says that its classes are called, by label.
    public let classNames: [String]?

    /// The samples that are computed at once at most.
    public static let largestBatch = 1024

    private let parameters: ParameterStore
    /// The places of the layers whose results are wanted; nil for the network's outputs.
    private let layers: Set<String>?
    private var executables: [Int: any Executable] = [:]

    /// Loads a model that was saved as safetensors, or a checkpoint.
    ///
    /// - Parameters:
    ///   - url: The file.
    ///   - ownParts: Kinds of layers and models that may occur besides the ones of this package.
    ///   - backend: What computes.
    /// - Throws: `SafetensorsError` or ``ModelError`` for a file that is no whole model.
    public convenience init(
        contentsOf url: URL, ownParts: [any ModelPart.Type] = [], on backend: any Backend
    ) throws {
        try self.init(Safetensors(contentsOf: url), ownParts: ownParts, on: backend)
    }

    /// Applies a saved model.
    public convenience init(
        _ file: Safetensors, ownParts: [any ModelPart.Type] = [], on backend: any Backend
    ) throws {
        let file = try file.savedModel(ownParts: ownParts)
        let description = try ModelDescription(of: file, ownParts: ownParts)
        let parameters = try ParameterStore(of: description.network, on: backend)
        try parameters.load(file)
        try self.init(description.network, parameters, classNames: file.classNames)
    }

    /// Applies a model with the parameters as they are at each call.
    ///
    /// - Throws: ``ModelError`` for parameters that are not the model's.
    public convenience init(
        _ network: Network, _ parameters: ParameterStore, classNames: [String]? = nil
    ) throws {
        let outputs = try Self.layout(of: network, checking: parameters).outputShapes
        self.init(
            network, parameters, layers: nil, outputs: outputs.map { ($0, $1) },
            classNames: classNames)
    }

    /// Gives what layers inside of a model compute instead of the model's outputs, each by its place such as `2.0`.
    ///
    /// - Parameters:
    ///   - network: The model.
    ///   - parameters: Its parameters, as they are at each call.
    ///   - isWanted: Says of each layer that ``ModelSummary`` lists whether it is wanted.
    /// - Throws: ``ModelError`` for parameters that are not the model's.
    public convenience init(
        _ network: Network, _ parameters: ParameterStore,
        layersWhere isWanted: (ModelSummary.Row) throws -> Bool
    ) throws {
        _ = try Self.layout(of: network, checking: parameters)
        let rows = try ModelSummary(of: network).rows.filter(isWanted)
        // A layer that is called several times has its last result.
        let shapes = Dictionary(rows.map { ($0.path, $0.outputShape) }) { $1 }
        self.init(
            network, parameters, layers: Set(shapes.keys), outputs: shapes.map { ($0, $1) },
            classNames: nil)
    }

    private init(
        _ network: Network, _ parameters: ParameterStore, layers: Set<String>?,
        outputs: [(name: String, batchShape: Shape)], classNames: [String]?
    ) {
        self.network = network
        self.parameters = parameters
        self.layers = layers
        self.classNames = classNames
        self.outputs = outputs.sorted { $0.name < $1.name }.map {
            ($0.name, Shape(Array($0.batchShape.dimensions.dropFirst())))
        }
    }

    private static func layout(
        of network: Network, checking parameters: ParameterStore
    ) throws -> ParameterLayout {
        let layout = try ParameterLayout(of: network)
        let shapes = Dictionary(
            uniqueKeysWithValues: parameters.layout.allEntries.map { ($0.name, $0.shape) })
        for entry in layout.allEntries {
            guard let found = shapes[entry.name] else {
                throw ModelError.missingParameter(entry.name)
            }
            guard found == entry.shape else {
                throw ModelError.parameterShape(
                    name: entry.name, expected: entry.shape, found: found)
            }
        }
        return layout
    }

    /// The outputs of a model with one input and one output for samples in a row: one row of numbers for each.
    ///
    /// - Throws: ``TrainingError/partialSample(input:count:sampleSize:)``, or what the backend throws.
    public func predict(_ features: [Float]) throws -> [Float] {
        try predict(.floats(features))
    }

    /// The same for features in any form.
    public func predict(_ features: Features) throws -> [Float] {
        guard network.inputs.count == 1, let input = network.inputs.first,
            let output = outputs.first, outputs.count == 1
        else {
            throw ModelError.unknownTensor(
                Network.inputName, known: network.inputs.map(\.name))
        }
        return try predict([input.name: features])[output.name] ?? []
    }

    /// The outputs for samples, each input and output by its name with the samples in a row.
    ///
    /// - Throws: ``ModelError/missingInput(_:given:)``, ``TrainingError/partialSample(input:count:sampleSize:)`` or
    ///   ``TrainingError/inputCounts(_:)`` for inputs that do not fill samples, as many of each,
    ///   ``GraphError`` for fractions where whole numbers are looked up, or what the backend throws.
    public func predict(_ inputs: [String: Features]) throws -> [String: [Float]] {
        if network.inputs.allSatisfy({ inputs[$0.name]?.isEmpty == true }) {
            return Dictionary(uniqueKeysWithValues: outputs.map { ($0.name, []) })
        }
        let (count, values) = try network.inputs.columns(of: inputs)
        let columns = zip(network.inputs, values).map { input, values in
            (input: input, column: Column(width: input.shape.count, values: values.values))
        }
        var results = Dictionary(uniqueKeysWithValues: outputs.map { ($0.name, [Float]()) })
        for start in stride(from: 0, to: count, by: Self.largestBatch) {
            let rows = min(Self.largestBatch, count - start)
            let size = Self.rounded(rows)
            let executable = try executable(batchSize: size)
            for (input, column) in columns {
                // What fills up the batch is never looked at; the last sample is as good as any.
                let places = (start..<start + size).map { Int32(min($0, count - 1)) }
                try column.reordered(places).values.unpacked().write(
                    to: executable.buffer(named: input.name), on: parameters.backend)
            }
            try executable.run()
            for output in outputs {
                let values = try parameters.backend.readFloats(
                    executable.buffer(named: tensorName(of: output.name)))
                results[output.name]? += values.prefix(rows * output.shape.count)
            }
        }
        return results
    }

    /// The next power of two.
    private static func rounded(_ count: Int) -> Int {
        1 << (Int.bitWidth - (count - 1).leadingZeroBitCount)
    }

    private func executable(batchSize: Int) throws -> any Executable {
        if let known = executables[batchSize] { return known }
        let compiled = try parameters.compile(graph(batchSize: batchSize))
        executables[batchSize] = compiled
        return compiled
    }

    /// What is wanted of a batch, from parameters in vectors.
    private func graph(batchSize: Int) throws -> Graph {
        guard let layers else {
            return try network.prediction(batchSize: batchSize, parameters.layout)
        }
        let pass = try ForwardPass(parameters: ParameterTensors(parameters.layout).views)
        _ = try network(network.leaves(batchSize: batchSize), in: pass)
        let results = zip(pass.layers, pass.results).filter { layers.contains($0.0.path) }
        return try Graph(
            outputs: Dictionary(results.map { (tensorName(of: $0.path), $1) }) { $1 })
    }

    /// What the graph calls an output: a layer may be called what an input is called.
    private func tensorName(of output: String) -> String {
        layers == nil ? output : "layer \(output)"
    }
}

extension Network {
    /// The outputs for a batch, by their names, from parameters in vectors.
    func prediction(batchSize: Int, _ layout: ParameterLayout) throws -> Graph {
        let pass = try ForwardPass(parameters: ParameterTensors(layout).views)
        let results = try self(leaves(batchSize: batchSize), in: pass)
        return try Graph(
            outputs: Dictionary(uniqueKeysWithValues: results.names.map { ($0, try results[$0]) }))
    }
}
