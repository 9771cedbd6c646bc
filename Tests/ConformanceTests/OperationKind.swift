import NNGraph

/// An operation without its shapes: what the table must have at least one entry for.
enum OperationKind: Hashable {
    case input, parameter, constant, uniform
    case unary(Operation.Unary)
    case binary(Operation.Binary)
    case convert(ElementType)
    case compare(Operation.Comparison)
    case select, broadcast, reshape, transpose, slice, concatenate, pad, windows, fold
    case reduce(Operation.Reduction)
    case argmax
    case matmul(transposeA: Bool, transposeB: Bool)
    case gather, scatterAdd
    case softmax, logSoftmax, logSumExp, softmaxCrossEntropy, softmaxCrossEntropyGradient

    /// A new operation does not compile here until it has a kind, which belongs into ``all`` too.
    init(_ operation: Operation) {
        self =
            switch operation {
            case .input: .input
            case .parameter: .parameter
            case .constant: .constant
            case .uniform: .uniform
            case .unary(let function): .unary(function)
            case .binary(let function): .binary(function)
            case .convert(let elementType): .convert(elementType)
            case .compare(let relation): .compare(relation)
            case .select: .select
            case .broadcast: .broadcast
            case .reshape: .reshape
            case .transpose: .transpose
            case .slice: .slice
            case .concatenate: .concatenate
            case .pad: .pad
            case .windows: .windows
            case .fold: .fold
            case .reduce(let reduction, _): .reduce(reduction)
            case .argmax: .argmax
            case .matmul(let a, let b, _): .matmul(transposeA: a, transposeB: b)
            case .gather: .gather
            case .scatterAdd: .scatterAdd
            case .softmax: .softmax
            case .logSoftmax: .logSoftmax
            case .logSumExp: .logSumExp
            case .softmaxCrossEntropy: .softmaxCrossEntropy
            case .softmaxCrossEntropyGradient: .softmaxCrossEntropyGradient
            }
    }

    /// The whole vocabulary.
    static let all: Set<OperationKind> = {
        var kinds: Set<OperationKind> = [
            .input, .parameter, .constant, .uniform, .convert(.int32), .convert(.float), .select,
            .broadcast, .reshape, .transpose, .slice, .concatenate, .pad, .windows, .fold, .argmax,
            .gather, .scatterAdd,
            .softmax, .logSoftmax, .logSumExp,
            .softmaxCrossEntropy, .softmaxCrossEntropyGradient,
        ]
        kinds.formUnion(Operation.Unary.allCases.map { .unary($0) })
        kinds.formUnion(Operation.Binary.allCases.map { .binary($0) })
        kinds.formUnion(Operation.Comparison.allCases.map { .compare($0) })
        kinds.formUnion(Operation.Reduction.allCases.map { .reduce($0) })
        for a in [false, true] {
            for b in [false, true] { kinds.insert(.matmul(transposeA: a, transposeB: b)) }
        }
        return kinds
    }()

    /// What has no derivative, or zero wherever it has one.
    static let withoutDerivative: Set<OperationKind> = Set(
        [
            .input, .parameter, .constant, .uniform, .argmax, .convert(.int32), .convert(.float),
            .unary(.sign), .unary(.stopGradient),
        ]
            + Operation.Comparison.allCases.map { .compare($0) })
}
