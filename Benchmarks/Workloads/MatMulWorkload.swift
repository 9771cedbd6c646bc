import NNGPU

/// What is multiplied: [m, k] by [k, n], each operand stored as it is or transposed.
public struct MatMulShape: Codable, Hashable, Sendable {
    /// Rows of the result.
    public let m: Int
    /// Columns of the result.
    public let n: Int
    /// The length of the sums.
    public let k: Int
    /// Which operands are stored transposed, such as `NT`.
    public let layout: String

    /// Describes a product.
    public init(m: Int, n: Int, k: Int, layout: String) {
        (self.m, self.n, self.k, self.layout) = (m, n, k, layout)
    }

    /// Floating-point operations.
    public var flops: Double { 2 * Double(m) * Double(n) * Double(k) }
}

/// One matrix product, ready to repeat.
public final class MatMulWorkload: Workload {
    /// What is multiplied.
    public let shape: MatMulShape

    private let backend: any Backend
    private let executable: any Executable
    private let a: any TensorBuffer
    private let b: any TensorBuffer
    private let transposesA: Bool
    private let transposesB: Bool

    /// Compiles the product of two random matrices.
    public init(_ shape: MatMulShape, on backend: any Backend) throws {
        self.shape = shape
        self.backend = backend
        let (m, n, k) = (shape.m, shape.n, shape.k)
        (transposesA, transposesB) = (shape.layout.first == "T", shape.layout.last == "T")
        let a = try Tensor.input("a", transposesA ? [k, m] : [m, k])
        let b = try Tensor.input("b", transposesB ? [n, k] : [k, n])
        let product = try matmul(a, b, transposeA: transposesA, transposeB: transposesB)
        self.a = try RandomData.uniform(a.shape, in: -0.5..<0.5, stream: 1, on: backend)
        self.b = try RandomData.uniform(b.shape, in: -0.5..<0.5, stream: 2, on: backend)
        executable = try backend.compile(
            Graph(outputs: ["c": product]), binding: ["a": self.a, "b": self.b])
    }

    /// Queues the product once.
    public func run() throws { try executable.run() }

    /// Compares some elements of the result, corners included, with sums in double precision.
    public func check() throws {
        try run()
        let c = try backend.readFloats(executable.buffer(named: "c"))
        let (a, b) = (try backend.readFloats(a), try backend.readFloats(b))
        let (m, n, k) = (shape.m, shape.n, shape.k)
        let corners = [0, n - 1, (m - 1) * n, m * n - 1]
        for place in corners + RandomData.indices(count: 60, below: m * n).map({ Int($0) }) {
            let (row, column) = place.quotientAndRemainder(dividingBy: n)
            var (sum, magnitude) = (0.0, 0.0)
            for i in 0..<k {
                let x = Double(transposesA ? a[i * m + row] : a[row * k + i])
                let y = Double(transposesB ? b[column * k + i] : b[i * n + column])
                sum += x * y
                magnitude += Swift.abs(x * y)
            }
            // k roundings at most for each term, whatever the order of the sum, and one to Float.
            let bound = Double(k + 1) * 0x1p-24 * magnitude * 1.01
            guard Swift.abs(Double(c[place]) - sum) <= bound else {
                throw BenchmarkError.wrong(
                    what: "the product \(m)×\(n)×\(k) \(shape.layout)", found: Double(c[place]),
                    expected: sum)
            }
        }
    }
}
