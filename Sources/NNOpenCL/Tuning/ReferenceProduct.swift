/// Rows of a matrix product in double precision, as the definition says, with the size of their terms.
struct ReferenceProduct {
    /// The rows that were computed, counted over all matrices of the batch.
    let rows: [Int]
    /// The elements of those rows, one row after the other.
    let elements: [Double]
    /// The sum of the magnitudes of each element's terms, which its rounding errors grow with.
    let magnitudes: [Double]

    /// The multiply-adds that a check may cost: a fraction of a second.
    private static let limit = 1 << 25

    /// Computes a product: all of it if that is quick, else its first and last rows and some between.
    init(of shape: ProductShape, a: [Float], b: [Float]) {
        let (n, k) = (shape.n, shape.k)
        let product = shape.product
        let count = shape.batchCount * shape.m
        let affordable = max(2, Self.limit / (n * k))
        rows =
            affordable >= count
            ? Array(0..<count) : (0..<affordable).map { $0 * (count - 1) / (affordable - 1) }
        var elements = [Double](repeating: 0, count: rows.count * n)
        var magnitudes = elements
        for (index, row) in rows.enumerated() {
            let (batch, i) = row.quotientAndRemainder(dividingBy: shape.m)
            let startOfA = batch * product.a.batchStride + i * product.a.rowStride
            let startOfB = batch * product.b.batchStride
            for l in 0..<k {
                let x = Double(a[startOfA + l * product.a.columnStride])
                for j in 0..<n {
                    let y = b[startOfB + l * product.b.rowStride + j * product.b.columnStride]
                    let term = x * Double(y)
                    elements[index * n + j] += term
                    magnitudes[index * n + j] += abs(term)
                }
            }
        }
        self.elements = elements
        self.magnitudes = magnitudes
    }
}
