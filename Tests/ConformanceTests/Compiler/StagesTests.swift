import NNGraph
import Testing

@testable import NNOpenCL

/// Which units run at once.
@Suite struct StagesTests {
    private let storages = (0..<4).map { _ in Storage(.float, count: 100) }

    @Test func whatIsIndependentSharesAStage() {
        #expect(stages([unit(writing: all(0)), unit(writing: all(1))]) == [[0, 1]])
    }

    @Test func readersOfTheSameShareAStage() {
        let units = [
            unit(writing: all(0)), unit(reading: all(0), writing: all(1)),
            unit(reading: all(0), writing: all(2)),
        ]
        #expect(stages(units) == [[0], [1, 2]])
    }

    @Test func aUnitIsAsEarlyAsItCanBe() {
        let units = [
            unit(writing: all(0)), unit(reading: all(0), writing: all(1)),
            unit(reading: all(1), writing: all(2)), unit(writing: all(3)),
        ]
        #expect(stages(units) == [[0, 3], [1], [2]])
    }

    @Test func whatIsReadIsOverwrittenLater() {
        #expect(
            stages([unit(reading: all(0), writing: all(1)), unit(writing: all(0))]) == [[0], [1]])
    }

    @Test func theLastWriterStaysTheLast() {
        #expect(stages([unit(writing: all(0)), unit(writing: all(0))]) == [[0], [1]])
    }

    @Test func partsOfOneMemoryAreIndependent() {
        let units = [
            unit(writing: part(0, 0..<50)), unit(writing: part(0, 50..<100)),
            unit(reading: part(0, 10..<20), writing: all(1)),
            unit(reading: part(0, 40..<60), writing: all(2)),
        ]
        #expect(stages(units) == [[0, 1], [2, 3]])
        #expect(stages([units[2], units[1]]) == [[0, 1]])
    }

    @Test func storagesOfOneBufferAreOneMemory() throws {
        try withOpenCL(.openCLSerial) { backend in
            let buffer = try backend.context.pool.allocate(byteCount: 400)
            storages[0].buffer = buffer
            storages[1].buffer = buffer
            #expect(
                stages([unit(writing: all(0)), unit(reading: all(1), writing: all(2))]) == [
                    [0], [1],
                ])
        }
    }

    @Test(arguments: 1...100 as ClosedRange<UInt64>)
    func noOrderThatMattersIsLost(seed: UInt64) {
        var random = Randomness(seed)
        func view() -> View {
            let first = random.integer(0...90)
            return part(random.integer(0...3), first..<first + random.integer(1...10))
        }
        let units = (0..<30).map { _ in
            unit(reading: random.bool(0.8) ? view() : nil, writing: view())
        }
        let stages = stages(units)
        #expect(stages.flatMap(\.self).sorted() == Array(units.indices))
        var stageOf: [Int: Int] = [:]
        for (stage, members) in stages.enumerated() {
            for unit in members { stageOf[unit] = stage }
        }
        for (later, unit) in units.enumerated() {
            let needed = units[..<later].indices.filter { depends(unit, on: units[$0]) }
            let earliest = needed.map { stageOf[$0, default: 0] + 1 }.max() ?? 0
            #expect(stageOf[later] == earliest)
        }
    }

    // MARK: - Units

    /// What a unit of a stage does is to say its place in the list.
    private struct Place: Error { let index: Int }

    private func all(_ index: Int) -> View { View(storages[index], [100]) }

    private func part(_ index: Int, _ range: Range<Int>) -> View {
        View(storages[index], offset: range.lowerBound, [range.count])
    }

    private func unit(reading read: View? = nil, writing written: View) -> Unit {
        Unit(reads: [read].compactMap(\.self), writes: [written], elementwiseReads: []) {
            throw Place(index: -1)
        }
    }

    /// The stages as the places of their units in the list.
    private func stages(_ units: [Unit]) -> [[Int]] {
        let placed = units.enumerated().map { index, unit in
            Unit(reads: unit.reads, writes: unit.writes, elementwiseReads: []) {
                throw Place(index: index)
            }
        }
        return placed.stages.map { stage in
            stage.map { unit in
                do {
                    _ = try unit.work()
                    return -1
                } catch {
                    return (error as? Place)?.index ?? -1
                }
            }
        }
    }

    private func depends(_ unit: Unit, on other: Unit) -> Bool {
        func meet(_ a: [View], _ b: [View]) -> Bool {
            a.contains { a in b.contains { $0.storage === a.storage && $0.range.overlaps(a.range) }
            }
        }
        return meet(unit.reads, other.writes) || meet(unit.writes, other.writes)
            || meet(unit.writes, other.reads)
    }
}
