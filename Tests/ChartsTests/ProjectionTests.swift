import Testing

@testable import Charts

@Suite struct ProjectionTests {
    @Test func linearTicksAreRoundNumbersAroundTheData() {
        let projection = Projection(Axis("x"), fitting: [0.13, 9.7], tickCount: 5)
        #expect(projection.range == 0...10)
        #expect(projection.ticks.map(\.label) == ["0", "2", "4", "6", "8", "10"])
    }

    @Test func aGivenRangeIsKeptAndItsTicksLieInside() {
        let projection = Projection(Axis("x", range: -1.05...1.05), fitting: [], tickCount: 5)
        #expect(projection.range == -1.05...1.05)
        #expect(projection.ticks.map(\.label) == ["−1.0", "−0.5", "0", "0.5", "1.0"])
    }

    @Test(
        arguments: [
            ([0, 1e6], ["0", "5·10⁵", "10·10⁵"]), ([0, 0.004], ["0", "2·10⁻³", "4·10⁻³"]),
        ] as [([Double], [String])])
    func allTicksOfAnAxisShareOnePowerOfTen(numbers: [Double], labels: [String]) {
        let ticks = Projection(Axis("x"), fitting: numbers, tickCount: 2).ticks.map(\.label)
        let powers = Set(ticks.compactMap { $0.split(separator: "·").dropFirst().first })
        #expect(powers.count == 1, "\(ticks)")
        #expect(ticks.first == labels.first)
    }

    @Test func aSingleNumberGetsAnAxisFromZero() {
        let projection = Projection(Axis("x"), fitting: [0.001], tickCount: 5)
        #expect(projection.range.lowerBound == 0 && projection.range.upperBound >= 0.002)
        #expect(projection.position(0.001) == 0.5)
    }

    @Test func logarithmicTicksArePowersOrTheirParts() {
        let axis = Axis("x", scale: .logarithmic)
        let wide = Projection(axis, fitting: [1e-9, 1], tickCount: 5).ticks.map(\.label)
        #expect(wide == ["10⁻⁹", "10⁻⁷", "10⁻⁵", "10⁻³", "10⁻¹"])
        let narrow = Projection(axis, fitting: [0.03, 0.9], tickCount: 5).ticks.map(\.label)
        #expect(narrow == ["0.02", "0.05", "0.1", "0.2", "0.5", "1"])
    }

    @Test func equalRatiosAreEquallyFarApart() throws {
        let projection = Projection(
            Axis("x", scale: .logarithmic), fitting: [1, 100], tickCount: 5)
        let middle = try #require(projection.position(10))
        #expect(abs(middle - 0.5) < 1e-12)
    }

    @Test(arguments: [0, -1, .infinity, .nan] as [Double])
    func whatHasNoPlaceOnALogarithmicAxisHasNone(number: Double) {
        let projection = Projection(
            Axis("x", scale: .logarithmic), fitting: [number, 1, 10], tickCount: 5)
        #expect(projection.position(number) == nil)
        #expect(projection.position(1) == 0)
    }

    @Test func categoriesStandAtTheirIndices() {
        let axis = Axis("x", scale: .categories(["a", "b", "c"]))
        let projection = Projection(axis, fitting: [], tickCount: 5)
        #expect(projection.ticks.map(\.label) == ["a", "b", "c"])
        #expect(projection.position(1) == 0.5)
    }
}
