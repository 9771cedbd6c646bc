import NNModel

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
            case .changed(let base, let steps):
                states[place] = .layer(
                    .part(try Self.batchNorm(steps, of: graph.terms[place])), [base])
                isNeeded[end(of: base)] = true
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
        case .function(let function):
            return .layer(.part(LayerPart(layer: function.layer)), term.operands)
        case .part(let part): return .layer(.part(part), term.operands)
        case .convolution(let map): return .layer(.convolution(map), term.operands)
        case .mean(let axes):
            guard axes == Array(2..<term.rank), axes.count <= 2, !axes.isEmpty else {
                throw Self.unsupported(term.node, "takes a mean that no layer takes")
            }
            let layer: any Layer = axes.count == 1 ? AdaptiveAvgPool1d() : AdaptiveAvgPool2d()
            return .layer(.part(LayerPart(layer: layer)), term.operands)
        case .padded:
            throw Self.unsupported(
                term.node, "pads samples, and no convolution behind it takes that along")
        case .ordered:
            throw Self.unsupported(
                term.node, "transposes samples, and no layer takes them so")
        case .layerNorm(let weight, let bias, let epsilon):
            guard let features = term.features else {
                throw Self.unsupported(term.node, "normalizes an unknown number of features")
            }
            let norm = LayerPart.norm(
                LayerNorm(features, epsilon: Double(epsilon)), features, weight: weight, bias: bias)
            return .layer(.part(norm), term.operands)
        case .embedding(let table):
            let shape = try table.shape()
            guard shape.count == 2 else {
                throw Self.unsupported(term.node, "looks up something else than rows of a table")
            }
            let part = LayerPart(
                layer: Embedding(shape[0], shape[1]),
                parameters: [.init(name: "weight", shape: shape, numbers: .constant(table))])
            return .layer(.part(part), term.operands)
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
        if term.shape?.count == 2 { return .layer(.flatten, term.operands) }
        // Samples may come in another shape.
        guard case .input(_, let steps) = states[end(of: operand)], let sample = term.sample,
            steps.allSatisfy({ $0.step.constant.isSpread(over: 1) })
        else {
            throw Self.unsupported(
                term.node, "reshapes something else than whole samples to rows")
        }
        return .layer(.reshape(sample), term.operands)
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
        case (.layer(.convolution(var map), let operands), _)
        where step.step.constant.isSpread(over: map.options.outputs, trailing: map.axisCount):
            map.steps = try map.steps.map { Step(step: $0, node: step.node) }.adding(step)
                .map(\.step)
            return .layer(.convolution(map), operands)
        case (.layer(.part(let part), let operands), _):
            return part.taking(step.step).map { .layer(.part($0), operands) }
                ?? .changed(operand, steps: [step])
        default: return .changed(operand, steps: [step])
        }
    }

    /// A factor and a shift of each channel that no layer takes along, as a batch normalization outside of training is
    /// one.
    private static func batchNorm(
        _ steps: [Step], of term: Term
    ) throws(ONNXError) -> LayerPart {
        guard term.rank >= 3, let channels = term.shape?[1].number,
            steps.allSatisfy({
                $0.step.constant.isSpread(over: channels, trailing: term.rank - 2)
            })
        else {
            throw unsupported(
                steps[0].node,
                "computes with a constant, and no product before or behind it takes that along")
        }
        let all = steps.map(\.step)
        let layer = BatchNorm(channels)
        return .batchNorm(
            layer, weight: .factors(of: all, trailing: term.rank - 2),
            bias: .shifts(of: all, trailing: term.rank - 2), mean: .same(0),
            variance: .same(Float(1 - layer.epsilon)))
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
