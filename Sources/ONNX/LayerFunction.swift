import NNModel

/// A function without parameters: the vocabulary that saved models and ONNX graphs share.
enum LayerFunction: Equatable {
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
        case .sigmoid: Sigmoid()
        case .tanh: Tanh()
        case .relu: ReLU()
        case .leakyReLU(let slope): LeakyReLU(slope: Double(slope))
        case .gelu: GELU()
        case .softplus: Softplus()
        case .softmax: Softmax()
        }
    }

    /// The function of a layer; nil if it has parameters, or if it is no such function.
    init?(of layer: any Layer) {
        switch layer {
        case is Sigmoid: self = .sigmoid
        case is Tanh: self = .tanh
        case is ReLU: self = .relu
        case let layer as LeakyReLU: self = .leakyReLU(slope: Float(layer.slope))
        case is GELU: self = .gelu
        case is Softplus: self = .softplus
        case is Softmax: self = .softmax
        default: return nil
        }
    }
}
