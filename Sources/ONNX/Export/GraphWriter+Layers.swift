import NNGraph
import NNModel

/// Where in a model a layer stands.
struct Place {
    /// The beginning of its parameters' names.
    var parameters: [String] = []
    /// The beginning of its results' names; another one where a layer is called again.
    var results: [String] = []

    /// A layer inside of this one.
    func inside(_ name: String) -> Place {
        Place(parameters: parameters + [name], results: results + [name])
    }

    /// The name of a parameter.
    func parameter(_ name: String) -> String { (parameters + [name]).joined(separator: ".") }

    /// The name of the result, or of one on the way to it.
    func result(_ suffix: String? = nil) -> String {
        let path = results.isEmpty ? ["model"] : results
        return (path + [suffix].compactMap(\.self)).joined(separator: ".")
    }
}

// What each layer computes outside of training.
extension GraphWriter {
    /// Writes the nodes of a layer and gives its result.
    mutating func add(
        _ layer: any Layer, at place: Place, from tip: Tip
    ) throws(ONNXError) -> Tip {
        if let function = LayerFunction(of: layer) { return add(function, at: place, from: tip) }
        switch layer {
        case is Dropout, is Dropout2d: return tip
        case let layer as Linear: return add(layer, at: place, from: tip)
        case is Flatten:
            var flat = add(.flatten, [tip.name], at: place.result(), tip, [.integer("axis", 1)])
            flat.sample = [tip.sample.reduce(1, *)]
            return flat
        case let layer as Embedding:
            var rows = add(
                .gather, [place.parameter("weight"), tip.name], at: place.result(), tip,
                [.integer("axis", 0)])
            rows.sample.append(layer.width)
            return rows
        case let layer as PReLU: return add(layer, at: place, from: tip)
        case let layer as Sequential:
            var tip = tip
            for (name, layer) in zip(layer.names, layer.layers) {
                tip = try add(layer, at: place.inside(name), from: tip)
            }
            return tip
        case let layer as Residual:
            let long = try add(layer.body, at: place, from: tip)
            guard let shortcut = layer.shortcut else { return merge(.sum, [tip, long], at: place) }
            let short = try add(shortcut, at: place.inside(Residual.shortcutName), from: tip)
            return merge(.sum, [short, long], at: place)
        case let layer as Parallel:
            var results: [Tip] = []
            for (name, branch) in zip(layer.branches.names, layer.branches.layers) {
                results.append(try add(branch, at: place.inside(name), from: tip))
            }
            return merge(layer.merge, results, at: place)
        default:
            if let result = add(norm: layer, at: place, from: tip) { return result }
            guard var result = try add(space: layer, at: place, from: tip) else {
                throw unsupported(layer, at: place)
            }
            result.sample = try sample(of: layer, at: place, from: tip)
            return result
        }
    }

    /// The shape of a sample of what a layer makes of another result.
    private func sample(
        of layer: any Layer, at place: Place, from tip: Tip
    ) throws(ONNXError) -> [Int] {
        do {
            let x = try Tensor.input("x", Shape([1] + tip.sample))
            let y = try ForwardPass().apply(layer, named: "layer", to: x)
            return Array(y.shape.dimensions.dropFirst())
        } catch {
            throw unsupported(layer, at: place)
        }
    }

    func unsupported(_ layer: any Layer, at place: Place) -> ONNXError {
        ONNXError(
            .unsupportedLayer(
                place: place.parameters.joined(separator: "."),
                kind: String(describing: type(of: layer))))
    }

    /// Writes the parts of a graph of layers and gives its outputs by name.
    mutating func add(
        _ model: ModelGraph, from inputs: [String: Tip]
    ) throws(ONNXError) -> [String: Tip] {
        var known = inputs
        var layers: [String: any Layer] = [:]
        for part in model.parts {
            let sources = part.sources.compactMap { known[$0] }
            let place = Place(parameters: [part.name], results: [part.name])
            switch part.function {
            case .merge(let merge): known[part.name] = self.merge(merge, sources, at: place)
            case .layer(let layer):
                layers[part.name] = layer
                known[part.name] = try add(layer, at: place, from: sources[0])
            case .shared(let name):
                guard let layer = layers[name] else { continue }
                known[part.name] = try add(
                    layer, at: Place(parameters: [name], results: [part.name]), from: sources[0])
            }
        }
        return model.outputs.compactMapValues { known[$0] }
    }

    private mutating func add(_ layer: Linear, at place: Place, from tip: Tip) -> Tip {
        let (weight, bias) = (place.parameter("weight"), place.parameter("bias"))
        var tip = tip
        let isMatrix = tip.rank <= 2
        if !tip.sample.isEmpty { tip.sample[tip.sample.count - 1] = layer.outputs }
        // Gemm takes matrices only; a batch of samples of more axes is none.
        if isMatrix {
            return add(
                .gemm, [tip.name, weight] + (layer.hasBias ? [bias] : []), at: place.result(), tip,
                [.integer("transB", 1)])
        }
        let transposed = add(.transpose, [weight], at: place.result("transposed"), tip)
        let product = add(
            .matMul, [tip.name, transposed.name],
            at: place.result(layer.hasBias ? "product" : nil), tip)
        guard layer.hasBias else { return product }
        return add(.add, [product.name, bias], at: place.result(), tip)
    }

    private mutating func merge(_ merge: Merge, _ tips: [Tip], at place: Place) -> Tip {
        guard var merged = tips.first, tips.count > 1 else { return tips[0] }
        if case .concatenation(let axis) = merge {
            let known = axis < 0 ? axis + merged.sample.count : axis - 1
            if merged.sample.indices.contains(known) {
                merged.sample[known] = tips.reduce(0) { $0 + $1.sample[known] }
            }
            return add(
                .concat, tips.map(\.name), at: place.result(), merged,
                [.integer("axis", Int64(axis))])
        }
        for (count, tip) in tips.dropFirst().enumerated() {
            let isLast = count == tips.count - 2
            merged = add(
                merge == .sum ? .add : .multiply, [merged.name, tip.name],
                at: isLast ? place.result() : place.result("merge\(count)"), merged)
        }
        return merged
    }
}
