import Foundation
import Testing

@testable import NNGPU

/// Whether a derivative by finite differences is as close to the true one as it says.
@Suite struct StencilTests {
    private func stencil(
        step: Double, valueError: Double = 0, of function: (Double) -> Double
    ) -> Stencil {
        Stencil(
            step: step, center: function(0), above: Stencil.multiples.map { function($0 * step) },
            below: Stencil.multiples.map { function(-$0 * step) }, valueError: valueError)
    }

    @Test(arguments: FiniteDifferences.steps)
    func smoothFunctionsAreWithinABoundThatIsSmall(step: Double) {
        for place in stride(from: -2, through: 2, by: 0.125) {
            // Half a unit in the last place of values up to e², and the functions' own errors.
            let error = 0x1p-50
            let functions: [(of: (Double) -> Double, derivative: Double)] = [
                ({ exp(place + $0) }, exp(place)), ({ sin(place + $0) }, cos(place)),
                ({ log(3 + place + $0) }, 1 / (3 + place)),
            ]
            for (function, derivative) in functions {
                let stencil = stencil(step: step, valueError: error, of: function)
                #expect(stencil.admits(derivative, error: 0))
                #expect(stencil.isSmooth(within: 1e-6 * abs(derivative)) || step == 0x1p-7)
                #expect(stencil.bound < 1e-7 + 20 * error / step)
                #expect(!stencil.admits(derivative + 1e-7 + 20 * error / step, error: 0))
            }
        }
    }

    /// Nor does a kink that no estimate shows hide an error: the bound covers it at every place.
    @Test func aKinkAnywhereIsWithinTheBound() {
        var crossed = 0
        for place in stride(from: -4.5, through: 4.5, by: 0.0078125) where place != 0 {
            for jump in [-3, 1e-3, 1] {
                // The slope at 0 is 0.5.
                let stencil = stencil(step: 1) { x in
                    0.5 * x + jump * max(0, place > 0 ? x - place : place - x)
                }
                #expect(stencil.admits(0.5, error: 1e-15))
                if abs(place) >= 4 {
                    #expect(stencil.isSmooth(within: 1e-15))
                } else {
                    // The least that is left of any kink, where it has hardly entered the stencil.
                    #expect(stencil.disagreement >= 0.02 * abs(jump) * (4 - abs(place)))
                    crossed += 1
                }
            }
        }
        #expect(crossed > 3000)
        // At 0 itself there is no slope to be right about.
        #expect(!stencil(step: 1) { max(0, $0) }.isSmooth(within: 0.9))
    }

    @Test func valuesThatAreNoNumbersAdmitNothing() {
        let stencil = stencil(step: 1) { $0 > 1 ? .nan : $0 }
        #expect(!stencil.isSmooth(within: 1) && !stencil.admits(1, error: 1))
        let vague = self.stencil(step: 1, valueError: .infinity) { $0 }
        #expect(!vague.admits(1, error: 0))
    }
}
