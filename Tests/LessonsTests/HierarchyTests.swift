import Foundation
import NNGPU
import Testing

@testable import Lessons

@Suite struct HierarchyTests {
    private let context = LessonContext(backend: ReferenceBackend<Double>(), seed: 3)

    @Test func stripesAreOrientedAndBlobsAreNot() {
        func orientation(_ value: (Int, Int) -> Double) -> Double {
            Hierarchy.Filters((0..<25).map { value($0 % 5, $0 / 5) }, count: 1).orientation
        }
        #expect(orientation { column, _ in Double(column % 2) } > 0.6)
        #expect(orientation { column, row in Double(column + row < 4 ? 1 : -1) } > 0.4)
        // What a turn by a right angle does not change has no direction.
        let blob = orientation { column, row in column == 2 && row == 2 ? 1 : 0 }
        #expect(blob < 1e-9)
        #expect(orientation { _, _ in 1 } == 0)
    }

    @Test func everyPictureIsAnotherAndOfTheClassThatItSays() throws {
        let size = Hierarchy.Outline.size * Hierarchy.Outline.size
        let data = try Hierarchy.Outline.pictures(60, stream: 1, context)
        let other = try Hierarchy.Outline.pictures(60, stream: 3, context)
        #expect(data.features != other.features && data.targets == other.targets)
        #expect(try data.classCount == 6 && data.classNames?.count == 6)
        let pictures = (0..<60).map { data.features[$0 * size..<($0 + 1) * size].map(\.self) }
        #expect(Set(pictures).count == 60)
        for picture in pictures {
            #expect(picture.allSatisfy { abs($0) <= 0.5 })
            // A shape is there, and something behind it.
            #expect(picture.count { $0 > 0 } > 20 && picture.count { $0 < 0 } > 20)
        }
    }

    @Test func quartersHaveTheStrongestResponses() throws {
        let data = try Hierarchy.Outline.pictures(6, stream: 1, context)
        let values = (0..<6 * 2 * 16).map { Float($0 * 7 % 31) }
        let responses = Hierarchy.UnitResponses(values, units: 2, of: data)
        let quarters = responses.quarters
        #expect(quarters.count == 6 * 2 * 4)
        for (index, largest) in quarters.enumerated() {
            // The first place of the quarter in its 4 × 4 map, and the others beside and below it.
            let start = index / 4 * 16 + [0, 2, 8, 10][index % 4]
            #expect(largest == [0, 1, 4, 5].map { values[start + $0] }.max())
        }
    }

    @Test func aClassExplainsAllOfWhatItDecidesAndNothingElse() throws {
        let data = try Hierarchy.Outline.pictures(12, stream: 1, context)
        // The first unit gives the class somewhere, the second a picture's half, and the third is dead.
        var values = [Float](repeating: 0, count: 12 * 3 * 4)
        for sample in 0..<12 { values[sample * 12 + sample % 4] = data.targets[sample] + 1 }
        let clean = Hierarchy.UnitResponses(
            (0..<12).flatMap { values[$0 * 12..<$0 * 12 + 4] }, units: 1, of: data)
        #expect(abs(clean.explainedByClass - 1) < 1e-12)
        for sample in 6..<12 { values[sample * 12 + 4] = 1 }
        let all = Hierarchy.UnitResponses(values, units: 3, of: data)
        #expect(abs(all.explainedByClass - 0.5) < 1e-12)
    }
}
