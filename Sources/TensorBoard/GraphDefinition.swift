import Foundation
import NNGraph
import NNModel
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
        let outputs = try graphs.network(
            graphs.network.leaves(batchSize: batchSize), in: pass)
        let loss = try TaskTerms(graphs.task, outputs: outputs).mean()

        let order = try Graph(outputs: ["loss": loss]).nodes
        for case let (node, .input(name, _)) in order.map({ ($0, $0.operation) }) {
            names[node] = name
        }
        let positions = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, $0) })
        let parameters = Self.parametersByPath(of: pass)
        for (layer, result) in zip(pass.layers, pass.results) {
            let box = "\(layer.path)_\(layer.layer)"
            for parameter in parameters[layer.path] ?? [] {
                let name = parameter.name.dropFirst(layer.path.count + 1)
                names[parameter.tensor] = "\(box)/\(name)"
            }
            for position in newPositions(below: result, positions) {
                name(order[position], in: box)
            }
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

    /// The places, in their order, of what a tensor is computed from and what has no name yet.
    private func newPositions(below tensor: Tensor, _ positions: [Tensor: Int]) -> [Int] {
        var found: Set<Tensor> = []
        var stack = [tensor]
        while let next = stack.popLast() {
            // Below what has a name, everything has one.
            guard names[next] == nil, found.insert(next).inserted else { continue }
            stack += next.operands
        }
        return found.compactMap { positions[$0] }.sorted()
    }

    /// The parameters of each layer, those of layers inside of it included.
    private static func parametersByPath(
        of pass: ForwardPass
    ) -> [String: [ForwardPass.Parameter]] {
        var parameters: [String: [ForwardPass.Parameter]] = [:]
        for parameter in pass.parameters {
            for end in parameter.name.indices where parameter.name[end] == "." {
                parameters[String(parameter.name[..<end]), default: []].append(parameter)
            }
        }
        return parameters
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
