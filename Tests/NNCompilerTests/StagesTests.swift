import NNGraph
import TestSupport
import Testing

@testable import NNCompiler

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

    @Test func storagesInOneMemoryAreCompared() {
        final class Somewhere: Memory {}
        let memory = Somewhere()
        storages[0].residence = Residence(memory)
        storages[1].residence = Residence(memory)
        let units = [unit(writing: all(0)), unit(reading: all(1), writing: all(2))]
        #expect(stages(units) == [[0], [1]])
        // Behind the first one there is nothing of it.
        storages[1].residence = Residence(memory, byteOffset: storages[0].byteCount)
        #expect(stages(units) == [[0, 1]])
    }

    /// The same elements are other bytes where elements are smaller.
    @Test func partsCountBytes() {
        let bytes = Storage(.unorm8, count: 400)
        final class Somewhere: Memory {}
        let memory = Somewhere()
        storages[0].residence = Residence(memory)
        bytes.residence = Residence(memory)
        let units = [
            unit(writing: part(0, 0..<10)),
            unit(reading: View(bytes, offset: 20, [10]), writing: all(1)),
            unit(reading: View(bytes, offset: 40, [10]), writing: all(2)),
        ]
        #expect(stages(units) == [[0, 2], [1]])
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

    private func all(_ index: Int) -> View { View(storages[index], [100]) }

    private func part(_ index: Int, _ range: Range<Int>) -> View {
        View(storages[index], offset: range.lowerBound, [range.count])
    }

    private func unit(reading read: View? = nil, writing written: View) -> ProgramUnit<Int> {
        ProgramUnit(
            "", 0, reading: [read].compactMap(\.self), loops: [.init(reads: [], writes: [written])])
    }

    /// The stages as the places of their units in the list.
    private func stages(_ units: [ProgramUnit<Int>]) -> [[Int]] {
        let numbered = units.enumerated().map { index, unit in
            ProgramUnit("", index, reading: unit.otherReads, loops: unit.loops)
        }
        return NNCompiler.stages(of: numbered).map { $0.map(\.work) }
    }

    private func depends(_ unit: ProgramUnit<Int>, on other: ProgramUnit<Int>) -> Bool {
        func meet(_ a: [View], _ b: [View]) -> Bool {
            a.contains { a in
                b.contains { $0.storage === a.storage && $0.byteRange.overlaps(a.byteRange) }
            }
        }
        return meet(unit.reads, other.writes) || meet(unit.writes, other.writes)
            || meet(unit.writes, other.reads)
    }
}
