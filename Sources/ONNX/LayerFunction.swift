import NNModel
import NNTraining

/// What a layer computes outside of training: the vocabulary that saved models and ONNX graphs share.
enum LayerFunction: Equatable {
    case linear(inputs: Int, outputs: Int, hasBias: Bool)
    case sigmoid
    case tanh
    case relu
    /// The slope in single precision, as the format keeps it.
    case leakyReLU(slope: Float)
    case gelu
    case softplus
    case softmax

    /// A layer that computes it.
    var layer: any Layer {
        switch self {
        case .linear(let inputs, let outputs, let hasBias): Linear(inputs, outputs, bias: hasBias)
        case .sigmoid: Sigmoid()
        case .tanh: Tanh()
        case .relu: ReLU()
        case .leakyReLU(let slope): LeakyReLU(slope: Double(slope))
        case .gelu: GELU()
        case .softplus: Softplus()
        case .softmax: Softmax()
        }
    }

    /// The function of a layer; nil if the layer does nothing outside of training.
    fileprivate init?(of layer: any Layer, at place: String) throws(ONNXError) {
        switch layer {
        case let layer as Linear:
            self = .linear(inputs: layer.inputs, outputs: layer.outputs, hasBias: layer.hasBias)
        case is Sigmoid: self = .sigmoid
        case is Tanh: self = .tanh
        case is ReLU: self = .relu
        case let layer as LeakyReLU: self = .leakyReLU(slope: Float(layer.slope))
        case is GELU: self = .gelu
        case is Softplus: self = .softplus
        case is Softmax: self = .softmax
        case is Dropout: return nil
        default:
            throw ONNXError(
                .unsupportedLayer(place: place, kind: String(describing: type(of: layer))))
        }
    }
}

/// A layer's function and its place in the model, such as `2.0`, which begins its parameters' names.
struct PlacedFunction {
    let place: String
    let function: LayerFunction
}

extension Network {
    /// What the layers of a sequence compute outside of training.
    ///
    /// - Throws: ``ONNXError`` for any other model.
    func placedFunctions() throws(ONNXError) -> [PlacedFunction] {
        guard let sequential else {
            throw ONNXError(
                .unsupportedLayer(place: "", kind: "graph of layers"))
        }
        return try sequential.placedFunctions()
    }
}

extension Sequential {
    /// What the layers compute outside of training, first to last, nested sequences in their places.
    func placedFunctions(inside path: [String] = []) throws(ONNXError) -> [PlacedFunction] {
        var found: [PlacedFunction] = []
        for (index, layer) in layers.enumerated() {
            let path = path + [names[index]]
            if let sequence = layer as? Sequential {
                found += try sequence.placedFunctions(inside: path)
            } else {
                let place = path.joined(separator: ".")
                guard let function = try LayerFunction(of: layer, at: place) else { continue }
                found.append(PlacedFunction(place: place, function: function))
            }
        }
        return found
    }
}
