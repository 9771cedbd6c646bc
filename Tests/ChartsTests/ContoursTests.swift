import Testing

@testable import Charts

@Suite struct ContoursTests {
    private func field(_ values: (Point) -> Double) -> Field {
        Field(columns: 41, rows: 31, x: -2...2, y: -1...2, levels: []) { $0.map(values) }
    }

    /// The area of outlines in cells of the grid (the shoelace formula).
    private func area(_ regions: [[Contours.Place]]) -> Double {
        regions.map { outline in
            let next = outline.dropFirst() + outline.prefix(1)
            return abs(zip(outline, next).map { $0.x * $1.y - $1.x * $0.y }.reduce(0, +)) / 2
        }.reduce(0, +)
    }

    @Test func aRampIsCutWhereItPassesTheLevel() {
        // x ≥ 0.33 leaves (2 − 0.33)/4 of 40 × 30 cells.
        let contours = Contours(field { $0.x }, level: 0.33)
        #expect(abs(area(contours.regions) - 40 * 30 * 1.67 / 4) < 1e-9)
        #expect(contours.lines.count == 30)
    }

    @Test func aConeHasARoundContour() {
        let cone = field { 1 - ($0.x * $0.x + $0.y * $0.y).squareRoot() }
        let contours = Contours(cone, level: 0.2)
        // A circle of radius 0.8 in cells of 0.1 × 0.1.
        #expect(abs(area(contours.regions) - .pi * 64) < 1)
        for (start, end) in contours.lines {
            for place in [start, end] {
                let (x, y) = (cone.x(place.x), cone.y(place.y))
                #expect(abs((x * x + y * y).squareRoot() - 0.8) < 0.01)
            }
        }
    }

    @Test func whatIsLowerIsBareAndWhatIsHigherFull() {
        let flat = field { _ in 1 }
        #expect(Contours(flat, level: 2).regions.isEmpty)
        #expect(area(Contours(flat, level: 0).regions) == 40 * 30)
        // Full cells of a row are one rectangle.
        #expect(Contours(flat, level: 0).regions.count == 30)
    }

    @Test func nothingIsDrawnAroundNaN() {
        let holed = field { $0.x == 0 && $0.y == 0 ? .nan : 1 }
        #expect(area(Contours(holed, level: 0).regions) == 40 * 30 - 4)
    }
}

@Suite struct ClippingTests {
    @Test func aSegmentIsCutAtBothSides() throws {
        let (start, end) = try #require(Clipping.inUnitSquare([-1, 0.5], [3, 0.5]))
        #expect(start == [0, 0.5] && end == [1, 0.5])
    }

    @Test func whatLiesInsideStaysAsItIs() throws {
        let (start, end) = try #require(Clipping.inUnitSquare([0.1, 0.2], [0.9, 1]))
        #expect(start == [0.1, 0.2] && end == [0.9, 1])
    }

    @Test func whatMissesTheSquareIsNotDrawn() {
        #expect(Clipping.inUnitSquare([-1, 0.5], [0.5, 3]) == nil)
        #expect(Clipping.inUnitSquare([1.5, 0], [1.5, 1]) == nil)
    }
}
