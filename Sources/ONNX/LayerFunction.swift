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
    case silu
    case mish
    case hardswish
    case elu(alpha: Float)
    case relu6
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
        case .silu: SiLU()
        case .mish: Mish()
        case .hardswish: Hardswish()
        case .elu(let alpha): ELU(alpha: Double(alpha))
        case .relu6: ReLU6()
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
        case let layer as GELU where layer.approximation == .none: self = .gelu
        case is Softplus: self = .softplus
        case is SiLU: self = .silu
        case is Mish: self = .mish
        case is Hardswish: self = .hardswish
        case let layer as ELU: self = .elu(alpha: Float(layer.alpha))
        case is ReLU6: self = .relu6
        case is Softmax: self = .softmax
        default: return nil
        }
    }
}
