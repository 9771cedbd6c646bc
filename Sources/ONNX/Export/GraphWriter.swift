import Foundation
import NNFiles
import NNGraph
import NNModel
import NNTraining

/// Writes a chain of layers as an ONNX graph.
struct GraphWriter {
    let functions: [PlacedFunction]
    let inputShape: Shape
    let preparation: Preparation?
    /// For a batch of one sample.
    let outputShape: Shape
    let parameters: [Safetensors.Tensor]

    private static let inputName = "features", outputName = "outputs"

    /// The graph, whose batch may have any size.
    func graph() -> GraphProto {
        var graph = GraphProto()
        graph.name = "model"
        graph.input = [value(Self.inputName, sample: inputShape.dimensions)]
        graph.output = [value(Self.outputName, sample: Array(outputShape.dimensions.dropFirst()))]
        graph.initializer = parameters.map { parameter in
            .with {
                $0.name = parameter.name
                $0.dims = parameter.shape.map(Int64.init)
                $0.dataType = ElementType.float32
                $0.rawData = parameter.bytes
            }
        }
        var tip = Self.inputName
        if let preparation {
            let (constants, nodes) = prepared(preparation, from: tip)
            graph.initializer += constants
            graph.node += nodes
            tip = nodes.last?.output.first ?? tip
        }
        for function in functions {
            let nodes = nodes(of: function, from: tip)
            graph.node += nodes
            tip = nodes.last?.output.first ?? tip
        }
        if let last = graph.node.indices.last { graph.node[last].output = [Self.outputName] }
        return graph
    }

    /// `(x − shift) · factor`.
    private func prepared(
        _ preparation: Preparation, from input: String
    ) -> (constants: [TensorProto], nodes: [NodeProto]) {
        var sizes = inputShape.dimensions.map { _ in Int64(1) }
        if let axis = preparation.axis { sizes[axis] = Int64(preparation.shift.count) }
        var (constants, nodes, tip) = ([TensorProto](), [NodeProto](), input)
        for (name, values, operation) in [
            ("preparation.shift", preparation.shift, OperatorName.subtract),
            ("preparation.factor", preparation.factor, .multiply),
        ] where operation == .multiply || !values.allSatisfy({ $0 == 0 }) {
            constants.append(
                .with {
                    $0.name = name
                    $0.dims = sizes
                    $0.dataType = ElementType.float32
                    $0.rawData = values.withUnsafeBufferPointer { Data(buffer: $0) }
                })
            nodes.append(
                .with {
                    $0.opType = operation.rawValue
                    $0.name = name + ".applied"
                    $0.input = [tip, name]
                    $0.output = [name + ".applied"]
                })
            tip = name + ".applied"
        }
        return (constants, nodes)
    }

    private func value(_ name: String, sample: [Int]) -> ValueInfoProto {
        let sizes = sample.map { size in
            TensorShapeProto.Dimension.with { $0.dimValue = Int64(size) }
        }
        return .with {
            $0.name = name
            $0.type.tensorType.elemType = ElementType.float32
            $0.type.tensorType.shape.dim = [.with { $0.dimParam = "batch" }] + sizes
        }
    }

    private func nodes(of placed: PlacedFunction, from tip: String) -> [NodeProto] {
        let place = placed.place
        func node(
            _ name: OperatorName, _ inputs: [String], _ attributes: [AttributeProto] = [],
            suffix: String = ""
        ) -> NodeProto {
            .with {
                $0.opType = name.rawValue
                $0.name = place + suffix
                $0.input = inputs
                $0.output = [place + suffix]
                $0.attribute = attributes
            }
        }
        switch placed.function {
        case .linear(_, _, let hasBias):
            let (weight, bias) = ("\(place).weight", "\(place).bias")
            // Gemm takes matrices only; a batch of samples of higher rank is none.
            guard inputShape.rank > 1 else {
                return [
                    node(.gemm, [tip, weight] + (hasBias ? [bias] : []), [.integer("transB", 1)])
                ]
            }
            let transpose = node(.transpose, [weight], suffix: ".transposed")
            let product = node(
                .matMul, [tip, "\(place).transposed"], suffix: hasBias ? ".product" : "")
            return [transpose, product]
                + (hasBias ? [node(.add, ["\(place).product", bias])] : [])
        case .sigmoid: return [node(.sigmoid, [tip])]
        case .tanh: return [node(.tanh, [tip])]
        case .relu: return [node(.relu, [tip])]
        case .leakyReLU(let slope): return [node(.leakyRelu, [tip], [.float("alpha", slope)])]
        case .gelu: return [node(.gelu, [tip])]
        case .softplus: return [node(.softplus, [tip])]
        case .softmax: return [node(.softmax, [tip], [.integer("axis", -1)])]
        }
    }
}

extension AttributeProto {
    fileprivate static func integer(_ name: String, _ value: Int64) -> AttributeProto {
        .with { ($0.name, $0.i, $0.type) = (name, value, .int) }
    }

    fileprivate static func float(_ name: String, _ value: Float) -> AttributeProto {
        .with { ($0.name, $0.f, $0.type) = (name, value, .float) }
    }
}
