/// Makes layers of terms: finds what the outputs need, and makes the arithmetic with constants part of the layers
/// around it.
struct Lowering {
    /// What becomes of a term.
    enum State {
        /// Nothing: no output needs it.
        case unused
        /// An input, and what is done to it.
        case input(term: Int, steps: [Step])
        /// A layer of its own, which takes other terms.
        case layer(LayerGraph.Kind, [Int])
        /// Another term with something done to it, which a product can take along.
        case changed(Int, steps: [Step])
        /// The same numbers as another term's.
        case same(Int)
    }

    /// Something that is done to each number, and the node that does it.
    struct Step {
        let step: AffineMap.Step
        let node: String
    }

    /// The most operations with constants between two layers.
    fileprivate static let maximumStepCount = 32

    private let graph: TermGraph
    private(set) var states: [State]
    /// Whether an input or a layer is needed, once everything is a part of those.
    private(set) var isNeeded: [Bool]

    init(_ graph: TermGraph) throws(ONNXError) {
        self.graph = graph
        states = Array(repeating: .unused, count: graph.terms.count)
        isNeeded = Array(repeating: false, count: graph.terms.count)
        for output in graph.outputs { isNeeded[output.term] = true }
        for place in graph.terms.indices.reversed() where isNeeded[place] {
            for operand in graph.terms[place].operands { isNeeded[operand] = true }
        }
        for place in graph.terms.indices where isNeeded[place] {
            states[place] = try state(of: graph.terms[place], at: place)
        }
        isNeeded = Array(repeating: false, count: graph.terms.count)
        for output in graph.outputs { isNeeded[end(of: output.term)] = true }
        for place in states.indices.reversed() where isNeeded[place] {
            switch states[place] {
            case .layer(_, let operands):
                for operand in operands { isNeeded[end(of: operand)] = true }
            case .changed(_, let steps):
                throw Self.unsupported(
                    steps[0].node,
                    "computes with a constant, and no product before or behind it takes that along")
            default: break
            }
        }
    }

    /// The term whose numbers a term has.
    func end(of term: Int) -> Int {
        var term = term
        while case .same(let other) = states[term] { term = other }
        return term
    }

    private func state(of term: Term, at place: Int) throws(ONNXError) -> State {
        switch term.kind {
        case .input: return .input(term: place, steps: [])
        case .linear(var map):
            let operand = end(of: term.operands[0])
            guard case .changed(let base, let steps) = states[operand] else {
                return .layer(.linear(map), term.operands)
            }
            map.before = steps.map(\.step)
            return .layer(.linear(map), [base])
        case .function(let function): return .layer(.function(function), term.operands)
        case .layerNorm(let weight, let bias, let epsilon):
            guard let features = term.features else {
                throw Self.unsupported(term.node, "normalizes an unknown number of features")
            }
            return .layer(
                .layerNorm(features: features, weight: weight, bias: bias, epsilon: epsilon),
                term.operands)
        case .embedding(let table): return .layer(.embedding(table), term.operands)
        case .reshaped: return try reshaped(term)
        case .merge(let merge): return .layer(.merge(merge), term.operands)
        case .arithmetic(let step):
            return try changed(
                end(of: term.operands[0]), by: Step(step: step, node: term.node))
        case .logSoftmax:
            throw Self.unsupported(
                term.node,
                "takes a LogSoftmax, of which a model can have one at its end, "
                    + "for cross-entropy")
        case .decision:
            throw Self.unsupported(
                term.node,
                "puts probabilities of no and yes beside each other, which a model can "
                    + "do at its end, for binary cross-entropy")
        case .formula(.add), .formula(.multiply):
            throw Self.unsupported(term.node, "joins results of different shapes")
        case .formula(let name):
            throw ONNXError(.unsupportedOperator(node: term.node, name: name.rawValue))
        case .refused(let error): throw error
        }
    }

    private func reshaped(_ term: Term) throws(ONNXError) -> State {
        let operand = term.operands[0]
        if term.shape == graph.terms[operand].shape { return .same(end(of: operand)) }
        guard term.shape?.count == 2 else {
            throw Self.unsupported(
                term.node, "reshapes something else than whole samples to rows")
        }
        return .layer(.flatten, term.operands)
    }

    /// A term with one more thing done to its numbers.
    private func changed(_ operand: Int, by step: Step) throws(ONNXError) -> State {
        switch (states[operand], step.step) {
        case (_, .exceeds), (_, .power):
            throw Self.unsupported(step.node, "computes with a constant as no layer does")
        case (.input(let term, let steps), _):
            return .input(term: term, steps: try steps.adding(step))
        case (.changed(let base, let steps), _):
            return .changed(base, steps: try steps.adding(step))
        case (.layer(.linear(var map), let operands), _):
            map.steps = try map.steps.map { Step(step: $0, node: step.node) }.adding(step)
                .map(\.step)
            return .layer(.linear(map), operands)
        case (
            .layer(.layerNorm(let features, nil, nil, let epsilon), let operands),
            .multiply(let weight)
        ):
            return .layer(
                .layerNorm(features: features, weight: weight, bias: nil, epsilon: epsilon),
                operands)
        case (
            .layer(.layerNorm(let features, let weight, nil, let epsilon), let operands),
            .add(let bias, factor: 1)
        ):
            return .layer(
                .layerNorm(features: features, weight: weight, bias: bias, epsilon: epsilon),
                operands)
        default: return .changed(operand, steps: [step])
        }
    }

    static func unsupported(_ node: String, _ problem: String) -> ONNXError {
        ONNXError(.unsupportedUse(node: node, problem: problem))
    }
}

extension [Lowering.Step] {
    /// One more of them, of which there are few between two layers.
    fileprivate func adding(_ step: Lowering.Step) throws(ONNXError) -> [Lowering.Step] {
        guard count < Lowering.maximumStepCount else {
            throw Lowering.unsupported(step.node, "computes with one constant after the other")
        }
        return self + [step]
    }
}
