/// One row of the softmax family, shifted by its largest element.
///
/// The shift cancels in exact arithmetic, so it carries no error of its own.
struct SoftmaxRow<Scalar: ReferenceScalar> {
    let x: ArraySlice<Scalar>
    let shift: Scalar
    let shifted: [Scalar]
    let exponentials: [Scalar]
    let total: Scalar

    init(_ x: ArraySlice<Scalar>) {
        self.x = x
        let largest = x.map(\.value).reduce(-.infinity) { $0 > $1 || $0.isNaN ? $0 : $1 }
        let shift = Scalar(largest)
        let shifted = x.map { Scalar.apply(.subtract, $0, shift) }
        let exponentials = shifted.map { Scalar.apply(.exp, $0) }
        self.shift = shift
        self.shifted = shifted
        self.exponentials = exponentials
        self.total = Scalar.sum(exponentials.count) { exponentials[$0] }
    }

    var probabilities: [Scalar] { exponentials.map { .apply(.divide, $0, total) } }

    var logProbabilities: [Scalar] {
        let logTotal = Scalar.apply(.log, total)
        return shifted.map { .apply(.subtract, $0, logTotal) }
    }

    /// The sum of an infinite shift and the logarithm would be NaN where the limit is the shift.
    var logSumExp: Scalar {
        shift.value.isInfinite ? shift : .apply(.add, shift, .apply(.log, total))
    }

    /// The difference of two large logits comes first, so that a small logarithm is not lost in them.
    func loss(_ label: Int) -> Scalar {
        let distance = Scalar.apply(.subtract, shift, x[x.startIndex + label])
        return .apply(.add, .apply(.log, total), distance)
    }
}
