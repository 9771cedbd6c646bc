/// The operators that are known, of the standard and of `ai.onnx.ml`.
enum OperatorName: String, CaseIterable {
    // Layers.
    case gemm = "Gemm"
    case matMul = "MatMul"
    case sigmoid = "Sigmoid"
    case tanh = "Tanh"
    case relu = "Relu"
    case leakyRelu = "LeakyRelu"
    case gelu = "Gelu"
    case softplus = "Softplus"
    case mish = "Mish"
    case hardSwish = "HardSwish"
    case swish = "Swish"
    case elu = "Elu"
    case pRelu = "PRelu"
    case softmax = "Softmax"
    case logSoftmax = "LogSoftmax"
    case layerNormalization = "LayerNormalization"
    case batchNormalization = "BatchNormalization"
    case instanceNormalization = "InstanceNormalization"
    case groupNormalization = "GroupNormalization"
    case rmsNormalization = "RMSNormalization"
    // Layers over space.
    case convolution = "Conv"
    case convTranspose = "ConvTranspose"
    case maxPool = "MaxPool"
    case averagePool = "AveragePool"
    case globalAveragePool = "GlobalAveragePool"
    case globalMaxPool = "GlobalMaxPool"
    case pad = "Pad"
    case resize = "Resize"
    case upsample = "Upsample"
    case flatten = "Flatten"
    // Numbers with numbers.
    case add = "Add"
    case subtract = "Sub"
    case multiply = "Mul"
    case divide = "Div"
    case sum = "Sum"
    case concat = "Concat"
    // Numbers that are passed on, moved or chosen.
    case constant = "Constant"
    case identity = "Identity"
    case cast = "Cast"
    case castLike = "CastLike"
    case dropout = "Dropout"
    case reshape = "Reshape"
    case transpose = "Transpose"
    case squeeze = "Squeeze"
    case unsqueeze = "Unsqueeze"
    case gather = "Gather"
    // The sizes of numbers.
    case shape = "Shape"
    case slice = "Slice"
    case reduceProduct = "ReduceProd"
    case constantOfShape = "ConstantOfShape"
    // Parts of formulas that stand for a layer.
    case erf = "Erf"
    case greater = "Greater"
    case whereTrue = "Where"
    case clip = "Clip"
    case maximum = "Max"
    case minimum = "Min"
    case hardSigmoid = "HardSigmoid"
    case logarithm = "Log"
    case power = "Pow"
    case squareRoot = "Sqrt"
    case reduceMean = "ReduceMean"
    case negative = "Neg"
    case reciprocal = "Reciprocal"
    // Classifiers of scikit-learn.
    case scaler = "ai.onnx.ml.Scaler"
    case linearClassifier = "ai.onnx.ml.LinearClassifier"
    case linearRegressor = "ai.onnx.ml.LinearRegressor"
    case normalizer = "ai.onnx.ml.Normalizer"
    case zipMap = "ai.onnx.ml.ZipMap"
    case arrayFeatureExtractor = "ai.onnx.ml.ArrayFeatureExtractor"

    /// How many inputs it may have.
    var inputCounts: ClosedRange<Int> {
        switch self {
        case .constant: 0...0
        case .gemm: 2...3
        case .clip: 1...3
        case .layerNormalization: 2...3
        case .instanceNormalization, .groupNormalization: 3...3
        case .convolution, .convTranspose: 2...3
        case .pad, .resize: 1...4
        case .upsample: 1...2
        case .batchNormalization: 5...5
        case .whereTrue: 3...3
        case .sum, .concat, .maximum, .minimum: 1...1 << 10
        case .matMul, .add, .subtract, .multiply, .divide, .power, .greater, .reshape, .castLike,
            .gather, .arrayFeatureExtractor, .pRelu, .rmsNormalization:
            2...2
        case .dropout: 1...3
        case .squeeze, .unsqueeze, .reduceProduct, .reduceMean: 1...2
        case .slice: 1...5
        default: 1...1
        }
    }

    /// How many results it may have; those after the first are of use in training only, but for labels.
    var resultCount: Int {
        switch self {
        case .dropout, .linearClassifier, .maxPool, .rmsNormalization: 2
        case .layerNormalization: 3
        case .batchNormalization: 5
        default: 1
        }
    }
}
