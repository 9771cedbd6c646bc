import NNGraph
import NNReference
import Testing

/// The bounds themselves: wide enough for single precision, and no wider than they must be.
@Suite struct BoundedTests {
    @Test func representableNumbersHaveNoError() {
        #expect(Bounded(0.5).error == 0)
        #expect(Bounded(3).error == 0)
        #expect(Bounded(0.1).error == abs(0.1 - Double(Float(0.1))))
    }

    @Test func aSumAllowsItsRounding() {
        let sum = Bounded.apply(.add, Bounded(1), Bounded(0x1p-25))
        #expect(sum.admits(1))
        #expect(!sum.admits(Float(1).nextUp))
    }

    @Test func errorsArePassedOn() {
        let rounded = Bounded.apply(.add, Bounded(1), Bounded(0x1p-25))
        let product = Bounded.apply(.multiply, rounded, Bounded(1000))
        #expect(product.error > 1000 * rounded.error)
        #expect(product.error < 4000 * rounded.error)
    }

    @Test func cancellationKeepsTheErrorOfTheOperands() {
        let x = Bounded.apply(.exp, Bounded(3))
        let difference = Bounded.apply(.subtract, x, x)
        #expect(difference.value == 0)
        #expect(difference.error >= 2 * x.error)
    }

    @Test func aSumMayBeAddedInAnyOrder() {
        let terms: [Float] = [1e8, 1, -1e8, 1, 3, 1e-3]
        let bound = Bounded.sum(terms.count) { Bounded(Double(terms[$0])) }
        #expect(bound.admits(terms.reduce(0, +)))
        #expect(bound.admits(terms.reversed().reduce(0, +)))
        #expect(bound.admits(terms.sorted().reduce(0, +)))
        #expect(!bound.admits(1000))
    }

    @Test func specialNumbersMatchOnlyThemselves() {
        #expect(Bounded(.nan).admits(.nan))
        #expect(!Bounded(.nan).admits(0))
        #expect(!Bounded(0).admits(.nan))
        #expect(Bounded(.infinity).admits(.infinity))
        #expect(!Bounded(.infinity).admits(-.infinity))
        #expect(!Bounded(.infinity).admits(.greatestFiniteMagnitude))
        #expect(!Bounded(1).admits(.infinity))
        #expect(Bounded(1e39).admits(.infinity))
    }

    @Test func comparisonsOfCloseNumbersAreUndecided() {
        let x = Bounded.apply(.exp, Bounded(1))
        let close = Bounded.compare(.less, x, Bounded.apply(.add, x, Bounded(1e-9)))
        #expect(close.admits(0) && close.admits(1))
        let apart = Bounded.compare(.less, x, Bounded(3))
        #expect(apart.admits(1) && !apart.admits(0))
        let exact = Bounded.compare(.equal, Bounded(1), Bounded(1))
        #expect(exact.admits(1) && !exact.admits(0))
    }
}
