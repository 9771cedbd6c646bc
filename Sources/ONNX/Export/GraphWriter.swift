import Foundation
import NNFiles
import NNModel
import NNTraining

/// Writes a model as an ONNX graph, layer by layer.
struct GraphWriter {
    /// A result on its way through the layers.
    struct Tip {
        var name: String
        /// The shape of a sample.
        var sample: [Int]
        /// Whether it is looked up.
        var isInteger = false

        /// The number of axes of a batch.
        var rank: Int { sample.count + 1 }
    }

    private var graph = GraphProto()
    private var names: Set<String> = []
    /// The node that gives each result.
    private var makers: [String: Int] = [:]

    /// The graph of a model, whose batch may have any size.
    ///
    /// - Parameters:
    ///   - network: The model.
    ///   - layout: Its parameters.
    ///   - weights: Their numbers; without them the parameters have their shapes only.
    ///   - task: What the model is for, if its logits become probabilities.
    /// - Returns: The graph.
    /// - Throws: ``ONNXError`` for a layer or model of the caller's own, and for missing values that are filled in.
    static func graph(
        of network: Network, _ layout: ParameterLayout, weights: [Safetensors.Tensor] = [],
        probabilitiesFor task: TrainingTask? = nil
    ) throws(ONNXError) -> GraphProto {
        guard network.inputs.allSatisfy({ $0.preparation?.fill == nil }) else {
            throw ONNXError(.missingValues)
        }
        var writer = GraphWriter()
        writer.graph.name = "model"
        writer.add(layout, weights)
        var tips: [String: Tip] = [:]
        for input in network.inputs { tips[input.name] = writer.add(input) }
        let outputs = layout.outputShapes.keys.sorted()
        let names = outputs.map { writer.fresh($0) }
        switch network.body {
        case .layer(let layer):
            guard let tip = tips[network.inputs[0].name] else { break }
            tips = [
                Network.outputName: try writer.add(layer, at: Place(), from: tip)
            ]
        case .model(let model as ModelGraph): tips = try writer.add(model, from: tips)
        case .model(let model):
            throw ONNXError(
                .unsupportedLayer(place: "", kind: String(describing: type(of: model))))
        }
        for (output, name) in zip(outputs, names) {
            guard var tip = tips[output] else { continue }
            switch task?.objectives.first(where: { $0.output == output })?.loss.meaning {
            case .classes: tip = writer.add(.softmax, [tip.name], at: "\(name).probabilities", tip)
            case .decisions:
                tip = writer.add(.sigmoid, [tip.name], at: "\(name).probabilities", tip)
            default: break
            }
            writer.finish(tip, as: name, shape: layout.outputShapes[output]?.dimensions ?? [])
        }
        // Other programs warn of what no operator reads, such as counts of batches.
        let read = Set(writer.graph.node.flatMap(\.input))
        writer.graph.initializer.removeAll { !read.contains($0.name) }
        return writer.graph
    }

    // MARK: - Ends

    private mutating func add(_ layout: ParameterLayout, _ weights: [Safetensors.Tensor]) {
        let known = Dictionary(weights.map { ($0.name, $0.bytes) }) { $1 }
        for entry in layout.allEntries {
            for name in entry.names where names.insert(name).inserted {
                graph.initializer.append(
                    .with {
                        $0.name = name
                        $0.dims = entry.shape.dimensions.map(Int64.init)
                        $0.dataType = ElementType.float32
                        $0.rawData = known[name] ?? Data()
                    })
            }
        }
    }

    private mutating func add(_ input: ModelInput) -> Tip {
        let name = fresh(input.name)
        let sizes = input.shape.dimensions
        // What is looked up comes as 64-bit integers from every tokenizer.
        graph.input.append(
            Self.value(
                name, sample: sizes,
                type: input.elementType == .int32 ? ElementType.int64 : ElementType.float32))
        let tip = Tip(name: name, sample: sizes, isInteger: input.elementType == .int32)
        guard let preparation = input.preparation else { return tip }
        return add(preparation, sample: sizes, from: tip)
    }

    /// `(x − shift) · factor`.
    private mutating func add(
        _ preparation: Preparation, sample: [Int], from input: Tip
    ) -> Tip {
        var sizes = sample.map { _ in Int64(1) }
        if let axis = preparation.axis { sizes[axis] = Int64(preparation.shift.count) }
        var tip = input
        for (name, values, operation) in [
            ("preparation.shift", preparation.shift, OperatorName.subtract),
            ("preparation.factor", preparation.factor, .multiply),
        ] where operation == .multiply || !values.allSatisfy({ $0 == 0 }) {
            let constant = constant(values, sizes.map(Int.init), at: name)
            tip = add(operation, [tip.name, constant], at: constant + ".applied", tip)
        }
        return tip
    }

    /// Makes a result an output of that name.
    private mutating func finish(_ tip: Tip, as name: String, shape: [Int]) {
        graph.output.append(Self.value(name, sample: Array(shape.dropFirst())))
        let isRead = graph.node.contains { $0.input.contains(tip.name) }
        if let maker = makers[tip.name], !isRead, graph.node[maker].output == [tip.name] {
            graph.node[maker].output = [name]
        } else {
            graph.node.append(
                .with {
                    $0.opType = OperatorName.identity.rawValue
                    ($0.name, $0.input, $0.output) = (name, [tip.name], [name])
                })
        }
    }

    private static func value(
        _ name: String, sample: [Int], type: Int32 = ElementType.float32
    ) -> ValueInfoProto {
        let sizes = sample.map { size in
            TensorShapeProto.Dimension.with { $0.dimValue = Int64(size) }
        }
        return .with {
            $0.name = name
            $0.type.tensorType.elemType = type
            $0.type.tensorType.shape.dim = [.with { $0.dimParam = "batch" }] + sizes
        }
    }

    // MARK: - Nodes

    /// A name that nothing else has.
    mutating func fresh(_ wanted: String) -> String {
        var name = wanted
        while !names.insert(name).inserted { name += "'" }
        return name
    }

    /// Numbers of the given shape, under a name that nothing else has.
    mutating func constant(_ values: [Float], _ shape: [Int], at place: String) -> String {
        let name = fresh(place)
        graph.initializer.append(
            .with {
                $0.name = name
                $0.dims = shape.map(Int64.init)
                $0.dataType = ElementType.float32
                $0.rawData = values.withUnsafeBufferPointer { Data(buffer: $0) }
            })
        return name
    }

    /// Integers in a row, under a name that nothing else has.
    mutating func constant(_ values: [Int], at place: String) -> String {
        let name = fresh(place)
        graph.initializer.append(
            .with {
                $0.name = name
                $0.dims = [Int64(values.count)]
                $0.dataType = ElementType.int64
                $0.rawData = values.map(Int64.init).withUnsafeBufferPointer { Data(buffer: $0) }
            })
        return name
    }

    /// A node, whose result has the shape of another.
    mutating func add(
        _ operation: OperatorName, _ inputs: [String], at place: String, _ like: Tip,
        _ attributes: [AttributeProto] = []
    ) -> Tip {
        let name = fresh(place)
        makers[name] = graph.node.count
        graph.node.append(
            .with {
                $0.opType = operation.rawValue
                $0.name = name
                $0.input = inputs
                $0.output = [name]
                $0.attribute = attributes
            })
        return Tip(name: name, sample: like.sample)
    }
}

extension AttributeProto {
    static func integer(_ name: String, _ value: Int64) -> AttributeProto {
        .with { ($0.name, $0.i, $0.type) = (name, value, .int) }
    }

    static func float(_ name: String, _ value: Float) -> AttributeProto {
        .with { ($0.name, $0.f, $0.type) = (name, value, .float) }
    }

    static func integers(_ name: String, _ values: [Int]) -> AttributeProto {
        .with { ($0.name, $0.ints, $0.type) = (name, values.map(Int64.init), .ints) }
    }

    static func text(_ name: String, _ value: String) -> AttributeProto {
        .with { ($0.name, $0.s, $0.type) = (name, Data(value.utf8), .string) }
    }
}
