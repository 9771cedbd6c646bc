import Charts
import Foundation
import NNGPU

/// The derivative of a composition is the product along the path.
struct ChainRule: Lesson {
    let identifier = "chain-rule"
    let title = "The chain rule on a graph"
    let idea = """
        A composite function is a graph: each node computes one operation from the nodes before it. Each \
        edge has a local derivative that knows nothing of the rest, and the derivative of the whole is \
        the product of those along the path. Backpropagation walks that path once, from the end to the \
        beginning, for graphs of any size.
        """
    let formula: Formula =
        "dd/dx = (∂d/∂c)(∂c/∂b)(∂b/∂a)(∂a/∂x), a = x², b = tanh a, c = e^{b}, d = √(1 + c)"
    let next = "nngpu explain --inputs 2 --hidden 3 --outputs 1 --batch-size 4"

    func run(_ context: LessonContext) throws -> LessonResult {
        let x = try Tensor.input("x", .scalar)
        let a = try x * x
        let b = try tanh(a)
        let c = try exp(b)
        let d = try sqrt(c + 1)
        let names = ["x", "a = x²", "b = tanh a", "c = eᵇ", "d = √(1 + c)"]
        let chain = [x, a, b, c, d]
        let local = try zip(chain.dropFirst(), chain).map { result, operand in
            try gradients(of: result, withRespectTo: [operand])[0]
        }
        let global = try gradients(of: d, withRespectTo: [x])[0]
        let all = try (chain + local + [global]).map { try $0.reshape([1]) }
        let executable = try context.backend.compile(Graph(outputs: ["all": concatenate(all)]))
        func evaluate(_ x: Double) throws -> [Double] {
            try context.backend.write([x], to: executable.buffer(named: "x"))
            try executable.run()
            return try context.backend.read(executable.buffer(named: "all"))
        }
        let place = context.uniform(1, in: 0.3...0.9, stream: 1)[0]
        let numbers = try evaluate(place)
        let (values, slopes) = (Array(numbers[0..<5]), Array(numbers[5..<9]))
        let product = slopes.reduce(1, *)
        let step = 1e-2
        let quotient = try (evaluate(place + step)[4] - evaluate(place - step)[4]) / (2 * step)

        let path = Diagram(
            "d(c(b(a(x)))) at x = \(values[0].short)",
            nodes: names.indices.map {
                Diagram.Node(names[$0], value: values[$0].short, isAccented: $0 == 0)
            },
            edges: slopes.indices.map {
                Diagram.Edge(from: $0, to: $0 + 1, label: slopes[$0].short)
            },
            caption: "Beside each edge stands its local derivative; their product is "
                + "\(product.short).")
        let network = try network()
        let drawing = network.diagram(
            "A network of two layers and its loss, as NNGraph holds it",
            caption: "Drawn from the graph itself: \(network.nodes.count) nodes, leaves outlined.")
        return LessonResult(
            table: [["node", "value", "local derivative"]]
                + names.indices.map {
                    [names[$0], values[$0].short, $0 == 0 ? "" : slopes[$0 - 1].short]
                } + [["dd/dx", "", numbers[9].short]],
            figures: [.diagram(path), .diagram(drawing)],
            findings: [
                Finding(
                    "The product of the local derivatives is the derivative of the whole, to 10⁻⁶",
                    measured: "\(product.short) and \(numbers[9].short), "
                        + "\(abs(product / numbers[9] - 1).short) apart",
                    isMet: abs(product / numbers[9] - 1) <= 1e-6),
                Finding(
                    "A difference quotient agrees to 10⁻³", measured: quotient.short,
                    isMet: abs(quotient / numbers[9] - 1) <= 1e-3),
                Finding(
                    "The graph of a two-layer network has no other operations than it needs: "
                        + "two products, one tanh",
                    measured: network.count(of: "matmul", "tanh"),
                    isMet: network.count(of: "matmul", "tanh") == "2 matmul, 1 tanh"),
            ])
    }

    private func network() throws -> Graph {
        let model = Sequential {
            Linear(2, 3)
            Tanh()
            Linear(3, 1)
        }
        let x = try Tensor.input("x", [4, 2])
        let y = try Tensor.input("y", [4, 1])
        let outputs = try model(x, in: ForwardPass())
        return try Graph(outputs: ["E": MeanSquaredError().terms(outputs, y).mean()])
    }
}

extension Graph {
    /// How often operations of these names occur, in words.
    fileprivate func count(of names: String...) -> String {
        names.map { name in "\(nodes.count { $0.operation.name == name }) \(name)" }
            .joined(separator: ", ")
    }

    /// The nodes as boxes with their shapes.
    fileprivate func diagram(_ title: String, caption: String) -> Diagram {
        let places = Dictionary(uniqueKeysWithValues: zip(nodes, nodes.indices))
        return Diagram(
            title,
            nodes: nodes.map { node in
                let name = node.operation.leafName
                if case .constant(let values, _) = node.operation, values.count == 1 {
                    return Diagram.Node("constant", value: values[0].short)
                }
                return Diagram.Node(
                    name ?? node.operation.name, value: node.shape.description,
                    isAccented: name != nil)
            },
            edges: nodes.enumerated().flatMap { end, node in
                node.operands.compactMap { places[$0] }.map { Diagram.Edge(from: $0, to: end) }
            }, caption: caption)
    }
}
