import Foundation
import NNGraph
import NNTraining

/// The graph of a model and its loss as TensorBoard draws it: a box for each layer, with its operations
/// and parameters inside.
struct GraphDefinition {
    private var nodes: [NodeDef] = []
    private var names: [Tensor: String] = [:]
    private var uses: [String: Int] = [:]

    /// Walks through a model as it is trained with batches of a size.
    init(of graphs: TrainingGraphs, batchSize: Int) throws {
        let pass = try ForwardPass(isTraining: true, seed: graphs.seed)
        let features = try Tensor.input(
            TrainingGraphs.Name.features, Shape([batchSize] + graphs.inputShape.dimensions))
        let outputs = try graphs.model(features, in: pass)
        let target = graphs.loss.targetType(for: outputs.shape)
        let targets = try Tensor.input(
            TrainingGraphs.Name.targets, target.shape, target.elementType)
        let loss = try graphs.loss.ofEachSample(outputs, targets).mean()

        for leaf in [features, targets, pass.step] { names[leaf] = leaf.operation.leafName }
        let order = try Graph(outputs: ["loss": loss]).nodes
        for (layer, result) in zip(pass.layers, pass.results) {
            let box = "\(layer.path)_\(layer.layer)"
            for parameter in pass.parameters where parameter.name.hasPrefix("\(layer.path).") {
                let name = parameter.name.dropFirst(layer.path.count + 1)
                names[parameter.tensor] = "\(box)/\(name)"
            }
            let own = try Set(Graph(outputs: ["result": result]).nodes)
            for node in order where own.contains(node) { name(node, in: box) }
        }
        for node in order { name(node, in: "loss") }
        nodes = order.map(definition)
    }

    /// The content of an event.
    func serialized() throws -> Data {
        try GraphDef.with {
            $0.node = nodes
            // What TensorFlow's files have had since lists of shapes mean what they mean here.
            $0.versions.producer = 22
        }.serializedData()
    }

    /// Names a node in a box unless it has a name already.
    private mutating func name(_ node: Tensor, in box: String) {
        guard names[node] == nil else { return }
        let name = "\(box)/\(node.operation.name)"
        let number = uses[name, default: 0]
        uses[name] = number + 1
        names[node] = number == 0 ? name : "\(name)_\(number)"
    }

    private func definition(of node: Tensor) -> NodeDef {
        .with {
            $0.name = names[node] ?? ""
            $0.op = node.operation.name
            $0.input = node.operands.compactMap { names[$0] }
            $0.attr["_output_shapes"] = .with { $0.list.shape = [Self.shape(node.shape)] }
            $0.attr["dtype"] = .with { $0.type = node.type.elementType == .float ? 1 : 3 }
        }
    }

    private static func shape(_ shape: Shape) -> TensorShapeProto {
        .with {
            $0.dim = shape.dimensions.map { size in .with { $0.size = Int64(size) } }
        }
    }
}
