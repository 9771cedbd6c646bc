/// A computation other than a matrix product, as training meets it, and its size.
public struct KernelCase: Codable, Hashable, Sendable {
    /// What is computed.
    public enum Name: String, CaseIterable, Codable, Sendable {
        /// The mean softmax cross-entropy of logits [rows, columns] and its gradient.
        case softmaxCrossEntropy = "softmax-cross-entropy"
        /// `max(x + b, 0)` for x [rows, columns] and b [columns].
        case biasReLU = "bias-relu"
        /// The sums of the columns of [rows, columns].
        case columnSum = "column-sum"
        /// The sums of the rows of [rows, columns].
        case rowSum = "row-sum"
        /// Some rows of a table [60000, columns], by index.
        case gather
        /// SGD with momentum, in place, over `columns` parameters.
        case momentum
        /// Adam, in place, over `columns` parameters.
        case adam
    }

    /// What is computed.
    public let name: Name
    /// The rows; 1 for an optimizer.
    public let rows: Int
    /// The columns.
    public let columns: Int

    /// Describes a computation.
    public init(_ name: Name, _ rows: Int, _ columns: Int) {
        (self.name, self.rows, self.columns) = (name, rows, columns)
    }

    /// The name and the size, such as `row-sum 4096x4096`.
    public var label: String { "\(name.rawValue) \(rows)x\(columns)" }

    /// The rows of the table that `gather` reads from.
    static let tableRows = 60_000

    /// The bytes that have to be read and written at least: each operand and each result once.
    public var bytes: Double {
        let (rows, columns) = (Double(rows), Double(columns))
        let words =
            switch name {
            case .softmaxCrossEntropy: 2 * rows * columns + rows + 1
            case .biasReLU: 2 * rows * columns + columns
            case .columnSum: rows * columns + columns
            case .rowSum: rows * columns + rows
            case .gather: 2 * rows * columns + rows
            // The parameters and each state are read and written, the gradient is read.
            case .momentum: 5 * rows * columns
            case .adam: 7 * rows * columns
            }
        return 4 * words
    }

    /// What is measured by default: sizes of training steps, in and out of cache.
    public static let all: [KernelCase] =
        sizes(
            .softmaxCrossEntropy,
            [
                (128, 10), (4096, 10), (128, 1000), (4096, 1000), (512, 10_000), (128, 50_000),
                (2048, 50_000),
            ])
        + sizes(.biasReLU, [(128, 512), (2048, 512), (8192, 2048)])
        + sizes(.columnSum, reductions) + sizes(.rowSum, reductions)
        + sizes(.gather, [(128, 784), (2048, 784)])
        + sizes(.momentum, parameters) + sizes(.adam, parameters)

    private static let reductions = [(128, 512), (2048, 512), (4096, 4096), (65_536, 64)]
    /// Those of 784-512-512-10, and so many that they fit no cache.
    private static let parameters = [(1, 669_706), (1, 8_388_608)]

    private static func sizes(_ name: Name, _ sizes: [(Int, Int)]) -> [KernelCase] {
        sizes.map { KernelCase(name, $0.0, $0.1) }
    }
}
