/// A derivative by finite differences (Richardson's extrapolation) with a bound on its error.
///
/// With the central differences `D(h) = (f(h) − f(−h)) / 2h` the estimate is
/// `R(h) = (4 D(h) − D(2h)) / 3`, off by `h⁴ f⁽⁵⁾/30` in smooth places. What bounds the error is how far
/// estimates disagree that a smooth `f` would make agree:
///
/// - `R(h)` and `R(2h)`, whose distance is 15 times the error of the finer one;
/// - the two sides of the point. One-sided differences of second order differ by
///   `K(h) = (4 f(h) − f(2h) + 4 f(−h) − f(−2h) − 6 f(0)) / 2h`, which is the jump of the derivative
///   at a kink and `−h³ f⁽⁴⁾/2` without one; `|8 K(h) − K(2h)| / 7` leaves the jump as it is and of the rest
///   no more than `h⁵`.
///
/// The sum of both is at least the error for one kink of any size and in any place of the stencil:
/// a kink at the distance `u · h` with the jump `J` adds `J · max(0, x − u h)` to `f`, for which all of
/// them are piecewise linear in `u`. A stencil that a kink crosses is thus known by a bound that
/// is large, and never by what the derivative was expected to be.
struct Stencil {
    /// Where the points lie on either side, in steps.
    static let multiples: [Double] = [1, 2, 4]

    /// The estimate.
    let value: Double
    /// How far estimates disagree: what truncation and kinks may cost.
    let disagreement: Double
    /// What rounding may cost: in `R(h)`, errors `δ` of `f` become `(4 δ/h + δ/2h) / 3`.
    let rounding: Double

    /// The largest distance from the true derivative.
    var bound: Double { disagreement + rounding }

    /// Estimates the derivative at 0.
    ///
    /// - Parameters:
    ///   - step: The distance `h`.
    ///   - center: `f(0)`.
    ///   - above: `f` at the ``multiples`` of `h`.
    ///   - below: `f` at the ``multiples`` of `−h`.
    ///   - valueError: How far each of these values may be from the true one.
    init(
        step: Double, center: Double, above: [Double], below: [Double], valueError: Double
    ) {
        func central(_ index: Int) -> Double {
            (above[index] - below[index]) / (2 * Self.multiples[index] * step)
        }
        func extrapolated(_ index: Int) -> Double { (4 * central(index) - central(index + 1)) / 3 }
        func jump(_ index: Int) -> Double {
            let (near, far) = (above[index] + below[index], above[index + 1] + below[index + 1])
            return (4 * (near - 2 * center) - (far - 2 * center))
                / (2 * Self.multiples[index] * step)
        }
        value = extrapolated(0)
        disagreement =
            Swift.abs(extrapolated(0) - extrapolated(1)) + Swift.abs(8 * jump(0) - jump(1)) / 7
        rounding = 1.5 * valueError / step
    }

    /// Whether estimates disagree by no more than rounding explains, and a given slack.
    ///
    /// Of the error `δ` of a value, `2.25 δ/h` may be between the widths and `68/7 δ/h` between the
    /// sides: together 8 times the ``rounding``.
    func isSmooth(within slack: Double) -> Bool { disagreement <= 8 * rounding + slack }

    /// Whether a derivative with a rounding error of its own is the true one as far as the differences
    /// can tell; never where they can tell nothing.
    func admits(_ derivative: Double, error: Double) -> Bool {
        bound.isFinite && Swift.abs(value - derivative) <= bound + error
    }
}
