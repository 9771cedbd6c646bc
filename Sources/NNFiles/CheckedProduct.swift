extension Sequence<Int> {
    /// The product of the sizes, or nil if `Int` cannot hold it: a file may announce anything.
    package var checkedProduct: Int? {
        var product = 1
        for size in self {
            let (next, overflow) = product.multipliedReportingOverflow(by: size)
            guard !overflow else { return nil }
            product = next
        }
        return product
    }
}
