/// The vocabulary of the graph: everything that a tensor can be the result of.
///
/// Each case has four faces: its shape rule (`ShapeRules.swift`), its derivative
/// (`DerivativeRules.swift`), its reference evaluation (`NNReference`) and its lowering
/// (`NNOpenCL/Lowering`). Layers, losses and optimizers are written with these.
public enum Operation: Hashable, Sendable {
    // MARK: Leaves

    /// A value that the caller supplies before a run.
    case input(String, TensorType)
    /// A value that persists between runs: a trained parameter or the state of an optimizer.
    case parameter(String, TensorType)
    /// Known values, all elements in row-major order, or a single one that every element has.
    case constant([Double], TensorType)
    /// Uniform numbers in [0, 1) from ``Philox``; the operand is the int32 scalar `step`.
    case uniform(Shape, seed: UInt64, stream: UInt32)

    // MARK: Elementwise

    /// One function of one number.
    case unary(Unary)
    /// One function of two numbers; both operands have the shape of the result.
    case binary(Binary)
    /// Float as int32, without the fraction, or int32 as the nearest float.
    ///
    /// What is beyond int32 becomes the nearest int32, and NaN becomes 0.
    case convert(ElementType)
    /// 1 where the relation holds, else 0.
    case compare(Comparison)
    /// Operands (condition, a, b): `a` where the condition is not 0, else `b`.
    case select

    // MARK: Movement

    /// Repeats along new leading axes and along axes of extent 1.
    case broadcast(Shape)
    /// The same elements in row-major order under another shape.
    case reshape(Shape)
    /// Axis `i` of the result is axis `permutation[i]` of the operand.
    case transpose([Int])
    /// The elements from `lower` up to but not including `upper` along each axis.
    case slice(lower: [Int], upper: [Int])
    /// The operands one after the other along an axis.
    case concatenate(axis: Int)
    /// The elements with so many of `value` before and after them along each axis.
    case pad(lower: [Int], upper: [Int], value: Double)
    /// Windows of an axis, which becomes two: the windows, and the places of each.
    case windows(axis: Int, Windows)
    /// The windows put back into an axis of `extent` elements, each the sum of what lies there: the adjoint of
    /// ``windows(axis:_:)``, whose operand has the windows along `axis` and their places along the next one.
    case fold(axis: Int, extent: Int, Windows)

    // MARK: Reductions and products

    /// Combines all elements along the given axes, which disappear.
    case reduce(Reduction, axes: [Int])
    /// The position of the first largest element along an axis, which disappears; int32.
    case argmax(axis: Int)
    /// `op(A) · op(B)` over the last axes; the leading axes of both are the same batch.
    ///
    /// Rows, columns and what is summed over may each be several axes, in row-major order, as ``ProductAxes`` says: A is
    /// [batch …, rows …, inner …] and B is [batch …, inner …, columns …], unless transposed.
    case matmul(transposeA: Bool, transposeB: Bool, axes: ProductAxes = .matrix)

    // MARK: Indexing

    /// Operands (table [n, …], indices): the rows of the table at the indices, as floats.
    ///
    /// The table is float or unorm8. An index outside `0..<n` gives a row of NaN.
    case gather
    /// Operands (indices, rows): a table of `count` rows, each the sum of the rows sent to it.
    ///
    /// A row whose index is outside `0..<count` is dropped.
    case scatterAdd(count: Int)

    // MARK: Softmax family, over the last axis

    /// `exp(x − max) / Σ exp(x − max)`.
    case softmax
    /// `x − logSumExp(x)`.
    case logSoftmax
    /// `max + log Σ exp(x − max)`.
    case logSumExp
    /// Operands (logits [… , n], labels […]): `logSumExp(logits) − logits[label]` of each row.
    ///
    /// A label outside `0..<n` gives NaN.
    case softmaxCrossEntropy
    /// Operands (logits, labels, upstream […]): `(softmax(logits) − onehot(label)) · upstream`.
    case softmaxCrossEntropyGradient

    /// How many axes make the rows, the columns and the sums of a product.
    public struct ProductAxes: Hashable, Sendable {
        /// The axes of A that are axes of the result.
        public let rows: Int
        /// The axes that are summed over.
        public let inner: Int
        /// The axes of B that are axes of the result.
        public let columns: Int

        /// One axis each.
        public static let matrix = ProductAxes(rows: 1, inner: 1, columns: 1)

        /// Describes a product.
        public init(rows: Int, inner: Int, columns: Int) {
            self.rows = rows
            self.inner = inner
            self.columns = columns
        }
    }

    /// Functions of one number.
    public enum Unary: String, Hashable, Sendable, CaseIterable {
        /// `−x`.
        case negate
        /// `|x|`.
        case absolute
        /// −1, 0 or 1.
        case sign
        /// `eˣ`.
        case exp
        /// The natural logarithm.
        case log
        /// `√x`.
        case squareRoot
        /// The sine of an angle in radians.
        case sin
        /// The cosine of an angle in radians.
        case cos
        /// The hyperbolic tangent.
        case tanh
        /// `1 / (1 + e⁻ˣ)`.
        case sigmoid
        /// `max(x, 0)`; NaN stays NaN.
        case relu
        /// `log(1 + eˣ)`, computed as `max(x, 0) + log1p(e^−|x|)`.
        case softplus
        /// The Gauss error function.
        case erf
        /// `x`, through which no derivative goes.
        case stopGradient
    }

    /// Functions of two numbers.
    public enum Binary: String, Hashable, Sendable, CaseIterable {
        /// `a + b`.
        case add
        /// `a − b`.
        case subtract
        /// `a · b`.
        case multiply
        /// `a / b`.
        case divide
        /// `aᵇ`.
        case power
        /// The larger of the two; NaN if either is.
        case maximum
        /// The smaller of the two; NaN if either is.
        case minimum
    }

    /// Relations between two numbers; every one is false where a NaN takes part.
    public enum Comparison: String, Hashable, Sendable, CaseIterable {
        /// `a = b`.
        case equal
        /// `a < b`.
        case less
        /// `a ≤ b`.
        case lessEqual
        /// `a > b`.
        case greater
        /// `a ≥ b`.
        case greaterEqual
    }

    /// Ways to combine many numbers into one.
    public enum Reduction: String, Hashable, Sendable, CaseIterable {
        /// Their sum.
        case sum
        /// The largest; NaN if any is.
        case max
    }

    /// The name of the operation as errors and listings print it.
    public var name: String {
        switch self {
        case .input: "input"
        case .parameter: "parameter"
        case .constant: "constant"
        case .uniform: "uniform"
        case .unary(let function): function.rawValue
        case .binary(let function): function.rawValue
        case .convert: "convert"
        case .compare(let relation): relation.rawValue
        case .select: "select"
        case .broadcast: "broadcast"
        case .reshape: "reshape"
        case .transpose: "transpose"
        case .slice: "slice"
        case .concatenate: "concatenate"
        case .pad: "pad"
        case .windows: "windows"
        case .fold: "fold"
        case .reduce(let reduction, _): reduction.rawValue
        case .argmax: "argmax"
        case .matmul: "matmul"
        case .gather: "gather"
        case .scatterAdd: "scatterAdd"
        case .softmax: "softmax"
        case .logSoftmax: "logSoftmax"
        case .logSumExp: "logSumExp"
        case .softmaxCrossEntropy: "softmaxCrossEntropy"
        case .softmaxCrossEntropyGradient: "softmaxCrossEntropyGradient"
        }
    }
}
