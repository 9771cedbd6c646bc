import NNGraph
import NNReference
import Testing

/// Int32s that rounding decides on: nothing else may be left open, and nothing of these be taken for sure.
@Suite struct ReferenceIntegerTests {
    /// 3 as far as anybody can tell who computes it with rounding.
    private let nearlyThree = Bounded.apply(.divide, Bounded(9), Bounded(3))

    @Test func aTruncationIsOpenOnlyAtAWholeNumber() {
        #expect(nearlyThree.truncated() == ReferenceInteger(3, slack: 1))
        #expect(Bounded(3).truncated() == ReferenceInteger(3))
        let apart = Bounded.apply(.add, nearlyThree, Bounded(0.5))
        #expect(apart.error > 0)
        #expect(apart.truncated() == ReferenceInteger(3))
        // On both sides of zero it becomes zero.
        #expect(
            Bounded.apply(.subtract, nearlyThree, Bounded(3)).truncated() == ReferenceInteger(0))
    }

    @Test func anErrorWithoutBoundLeavesEverythingOpen() {
        let anything = Bounded.apply(
            .divide, Bounded(1), Bounded.apply(.subtract, nearlyThree, nearlyThree))
        #expect(anything.truncated() == ReferenceInteger(.max))
        let open = Bounded.apply(
            .divide, Bounded(0),
            Bounded.apply(.subtract, nearlyThree, Bounded(3.000_000_238_418_579)))
        #expect(open.error == .infinity)
        #expect(open.truncated() == ReferenceInteger(0, slack: 1 << 31))
    }

    @Test func likelyBoundsAreOpenAtWholeNumbersToo() {
        let quotient = LikelyBounded.apply(.divide, LikelyBounded(9), LikelyBounded(3))
        #expect(quotient.truncated() == ReferenceInteger(3, slack: 1))
        #expect(LikelyBounded(7.5).truncated() == ReferenceInteger(7))
    }

    @Test func floatsOfInt32sAllowRoundingAndSlack() {
        let exact = Bounded(ReferenceInteger(16_777_217))
        #expect(exact.value == 16_777_217 && exact.error == 1)
        #expect(Bounded(ReferenceInteger(5)).error == 0)
        let open = Bounded(ReferenceInteger(3, slack: 1))
        #expect(open.admits(2) && open.admits(3) && open.admits(4) && !open.admits(5))
    }

    @Test func comparisonsAreUndecidedWithinTheSlack() {
        let open = ReferenceInteger(3, slack: 1)
        for (other, admitted) in [(2, [0, 1]), (3, [0, 1]), (4, [0, 1]), (5, [1])]
            as [(Int32, [Float])]
        {
            let less = Bounded.compare(.less, open, ReferenceInteger(other))
            #expect([0, 1].filter { less.admits($0) } == admitted, "\(other)")
        }
        let (a, b) = (ReferenceInteger(16_777_216), ReferenceInteger(16_777_217))
        #expect(Bounded.compare(.equal, a, b).admits(0) && !Bounded.compare(.equal, a, b).admits(1))
        #expect(Float.compare(.equal, a, b) == 0)
    }

    // MARK: - What takes int32s

    @Test func whatAnOpenIndexPicksIsAnyOfItsRows() throws {
        let rows = try results { table, index in try table.gather(index) }
        #expect(rows[0].admits(30) && rows[0].admits(40) && !rows[0].admits(60))
        #expect(rows[1].error == 0, "an index that is sure")
    }

    @Test func aRowMayBeSentToAnyOfItsPlaces() throws {
        let sums = try results { table, index in
            try scatterAdd(table.slice(0..<2), at: index, count: 6)
        }
        #expect(sums[3].admits(10) && sums[3].admits(0) && !sums[3].admits(21))
        #expect(sums[2].admits(10) && sums[2].admits(0))
        #expect(sums[1].admits(20) && !sums[1].admits(0), "a place that is sure")
        #expect(sums[5].error < 1e-30)
    }

    @Test func theLossOfAnOpenLabelIsAnyOfItsLogits() throws {
        let losses = try results { table, index in
            try softmaxCrossEntropy(table.reshape([1, 6]).broadcast(to: [2, 6]), index)
        }
        // The logits are 10 apart and the largest is 60.
        #expect(losses[0].admits(20) && losses[0].admits(30) && !losses[0].admits(60))
        #expect(losses[1].admits(40.000_045) && !losses[1].admits(30))
        let slopes = try results { table, index in
            let logits = try table.reshape([1, 6]).broadcast(to: [2, 6])
            return try Tensor(.softmaxCrossEntropyGradient, [logits, index, .ones([2])])
        }
        #expect(slopes[3].admits(-1) && slopes[3].admits(0))
        #expect(slopes[7].admits(-1) && !slopes[7].admits(0), "a label that is sure")
    }

    /// A function of the table 10, 20, … 60 and of the places 9/3 and 1.
    private func results(_ build: (Tensor, Tensor) throws -> Tensor) throws -> [Bounded] {
        let backend = ReferenceBackend<Bounded>()
        let table = try Tensor.constant([10, 20, 30, 40, 50, 60], [6])
        let x = try Tensor.input("x", [2])
        let places = try (x / .constant([3, 1], [2])).convert(to: .int32)
        let sure = try concatenate([places.slice(0..<1), .ones([1], .int32)])
        let executable = try backend.compile(Graph(outputs: ["y": build(table, sure)]))
        try backend.write([9, 1], to: executable.buffer(named: "x"))
        try executable.run()
        return try backend.readScalars(executable.buffer(named: "y"))
    }
}
