import NNModel

/// A result that depends on the inputs: what is computed from which results before it.
struct Term {
    /// What is computed.
    enum Kind {
        /// An input of the graph, by its place.
        case input(Int)
        /// An affine map of the last axis.
        case linear(AffineMap)
        /// A function of the numbers, or of rows of them.
        case function(LayerFunction)
        /// The logarithm of a softmax along the last axis.
        case logSoftmax
        /// Any other layer.
        case part(LayerPart)
        /// A convolution.
        case convolution(ConvolutionMap)
        /// Samples with something around them.
        case padded(AxisPadding)
        /// The mean along axes, each of which keeps one place.
        case mean([Int])
        /// The same numbers in another order.
        case ordered(Order)
        /// The normalization of the last axis.
        case layerNorm(weight: ConstantTensor?, bias: ConstantTensor?, epsilon: Float)
        /// The rows of a table.
        case embedding(ConstantTensor)
        /// The same numbers of each sample in the shape of the term.
        case reshaped
        /// Several results as one.
        case merge(Merge)
        /// An operation with a constant, which stands first where that matters.
        case arithmetic(AffineMap.Step)
        /// The probabilities of no and yes, in this order, of a probability of yes.
        case decision
        /// A part of a formula, of which no layer computes it alone.
        case formula(OperatorName)
        /// What cannot be read, which matters only to those who need it.
        case refused(ONNXError)
    }

    var kind: Kind
    /// The places of the terms that it takes, all before its own.
    var operands: [Int]
    /// The sizes of the axes, the batch first; nil if their number is not known.
    var shape: [Size]?
    /// The name of the node, for messages.
    var node: String
    /// The type of the elements, by its number in the format.
    var elementType = ElementType.float32
    /// Whether the graph has the leading axes as one, so that each row of a sample is a row of a matrix.
    var mergesRows = false

    /// The number of axes of a batch; a matrix if nothing else is known.
    var rank: Int { shape?.count ?? 2 }

    /// The extent of the last axis, if it is known.
    var features: Int? { shape?.last?.number }

    /// The sizes of a sample, if all are known.
    var sample: [Int]? {
        guard let shape else { return nil }
        let sizes = shape.dropFirst().compactMap(\.number)
        return sizes.count == shape.count - 1 ? sizes : nil
    }
}

/// What a name of the graph stands for.
enum Value {
    case constant(ConstantTensor)
    case sizes(Sizes)
    case term(Int)
}

/// The results of a whole file, each after those that it takes.
struct TermGraph {
    var terms: [Term]
    /// The names of the inputs.
    let inputs: [String]
    /// The results that are the outputs, by the outputs' names.
    var outputs: [(name: String, term: Int)]
    /// What the classes are called, by label, if the file says it.
    let classLabels: [String]?
    /// Whether the results are numbers that are wanted, and no logits.
    let isRegression: Bool
}
