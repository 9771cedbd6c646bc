import Foundation
import NNFiles
import NNModel

/// What a file computes, as layers: its terms without those that do nothing, and with the arithmetic between them as
/// part of the layers' weights or of what is done to the inputs first.
struct LayerGraph {
    /// A layer, or several results as one.
    enum Kind {
        case linear(AffineMap)
        case convolution(ConvolutionMap)
        case part(LayerPart)
        case flatten
        /// Samples in another shape, which is theirs if all that take an input take it so.
        case reshape([Int])
        case merge(Merge)
    }

    /// What a layer takes.
    enum Source: Hashable {
        case input(Int)
        case item(Int)
    }

    /// One layer, and what it takes.
    struct Item {
        let kind: Kind
        var sources: [Source]
    }

    /// What goes in.
    struct Input {
        let name: String
        /// The shape of a sample; nil if the file does not say it.
        var shape: [Int]?
        /// Whether it is looked up.
        var isInteger = false
        var preparation: Preparation?
    }

    var inputs: [Input]
    /// Each after those that it takes.
    var items: [Item] = []
    var outputs: [(name: String, source: Source)] = []
    /// What the classes are called, by label, if the file says it.
    let classLabels: [String]?

    /// Makes layers of what the outputs need.
    init(_ graph: TermGraph, within budget: inout WeightBudget) throws(ONNXError) {
        let lowering = try Lowering(graph)
        classLabels = graph.classLabels
        inputs = graph.inputs.map { Input(name: $0) }
        var sources: [Int: Source] = [:]
        var used: [Int: Int32] = [:]
        for place in graph.terms.indices where lowering.isNeeded[place] {
            switch lowering.states[place] {
            case .input(let term, let steps):
                let base = graph.terms[term]
                guard case .input(let input) = base.kind else { continue }
                let preparation = try Preparation(
                    steps, rank: base.rank, sample: base.sample, within: &budget)
                guard
                    used[input] == nil
                        || used[input] == base.elementType
                            && inputs[input].preparation == preparation
                else {
                    throw Lowering.unsupported(
                        graph.terms[place].node, "takes an input otherwise than another node does")
                }
                used[input] = base.elementType
                inputs[input].shape = base.sample
                inputs[input].isInteger = !ElementType.floats.contains(base.elementType)
                inputs[input].preparation = preparation
                sources[place] = .input(input)
            case .layer(let kind, let operands):
                sources[place] = .item(items.count)
                items.append(
                    Item(
                        kind: kind, sources: operands.compactMap { sources[lowering.end(of: $0)] }))
            default: break
            }
        }
        if let unused = inputs.indices.first(where: { used[$0] == nil }) {
            throw ONNXError(.unusedInput(inputs[unused].name))
        }
        for output in graph.outputs {
            guard let source = sources[lowering.end(of: output.term)] else {
                throw ONNXError(.output(output.name))
            }
            outputs.append((output.name, source))
        }
    }
}

// MARK: - The same layers

extension LayerGraph {
    /// Whether another graph has the same layers in the same places, whatever their weights are.
    func hasLayers(of other: LayerGraph) -> Bool {
        items.count == other.items.count && outputs.map(\.source) == other.outputs.map(\.source)
            && inputs.count == other.inputs.count
            && zip(inputs, other.inputs).allSatisfy {
                $0.preparation == $1.preparation && $0.isInteger == $1.isInteger
                    && ($0.shape == nil || $1.shape == nil || $0.shape == $1.shape)
            }
            && zip(items, other.items).allSatisfy {
                $0.sources == $1.sources && $0.kind.isLike($1.kind)
            }
    }
}

extension LayerGraph.Kind {
    /// Whether two layers differ in their weights only.
    fileprivate func isLike(_ other: LayerGraph.Kind) -> Bool {
        switch (self, other) {
        case (.linear(let first), .linear(let second)):
            first.inputs == second.inputs && first.outputs == second.outputs
                && first.hasBias == second.hasBias && first.columns == second.columns
        case (.convolution, .convolution), (.part, .part):
            layerDescription == other.layerDescription
        case (.flatten, .flatten): true
        case (.merge(let first), .merge(let second)): first == second
        default: false
        }
    }
}

extension LayerGraph.Kind {
    /// A layer that computes it; nil for what makes one tensor of several.
    var layer: (any Layer)? {
        switch self {
        case .linear(let map): Linear(map.inputs, map.outputs, bias: map.hasBias)
        case .convolution(let map): map.layer
        case .part(let part): part.layer
        case .flatten: Flatten()
        case .reshape, .merge: nil
        }
    }

    /// The layer as a saved model describes it.
    var layerDescription: String? {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return layer.flatMap { try? encoder.encode(NamedPart($0)) }.map {
            String(decoding: $0, as: UTF8.self)
        }
    }
}
