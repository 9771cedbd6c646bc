import TestSupport
import Testing

@testable import NNCompiler

/// Memory is shared where lifetimes allow, and only there.
@Suite struct MemoryPlanTests {
    private let limits = MemoryLimits(
        arenaBytes: 1 << 20, alignment: 64, isolatesStorages: false)

    private func unit(reading reads: [Storage], writing writes: [Storage]) -> ProgramUnit<Void> {
        func views(_ storages: [Storage]) -> [View] { storages.map { View($0, [$0.count]) } }
        return ProgramUnit("", (), loops: [.init(reads: views(reads), writes: views(writes))])
    }

    /// Storages of which each is computed from the one before.
    private func chain(_ counts: [Int]) -> [[ProgramUnit<Void>]] {
        let storages = counts.map { Storage(.float, count: $0) }
        return storages.indices.map { index in
            [unit(reading: index == 0 ? [] : [storages[index - 1]], writing: [storages[index]])]
        }
    }

    @Test func aChainNeedsTwoPlaces() {
        let plan = MemoryPlan(chain([100, 100, 100, 100, 100, 100]), within: limits)
        // 400 bytes are seven lines of 64.
        #expect(plan.arenas == [448 + 400])
        #expect(plan.places.map(\.byteOffset) == [0, 448, 0, 448, 0, 448])
    }

    @Test func placesCountBytes() {
        let bytes = Storage(.unorm8, count: 100), floats = Storage(.float, count: 100)
        let plan = MemoryPlan([[unit(reading: [bytes], writing: [floats])]], within: limits)
        // The larger first.
        #expect(plan.arenas == [448 + 100])
    }

    @Test func whatRunsAtOnceSharesNothing() {
        let storages = (0..<3).map { _ in Storage(.float, count: 16) }
        let stage = [
            unit(reading: [storages[0]], writing: [storages[1]]),
            unit(reading: [], writing: [storages[2]]),
        ]
        let plan = MemoryPlan([stage], within: limits)
        #expect(Set(plan.places.map(\.byteOffset)) == [0, 64, 128])
    }

    @Test func boundAndPersistentMemoryIsLeftAlone() {
        final class Somewhere: Memory {}
        let bound = Storage(.float, count: 16),
            constant = Storage(.float, count: 1, isPersistent: true)
        bound.residence = Residence(Somewhere())
        let free = Storage(.float, count: 16)
        let plan = MemoryPlan(
            [[unit(reading: [bound, constant], writing: [free])]], within: limits)
        #expect(plan.places.map { ObjectIdentifier($0.storage) } == [ObjectIdentifier(free)])
        let arena = Somewhere()
        plan.bind(to: [arena])
        #expect(free.residence?.memory === arena)
        #expect(constant.residence == nil)
    }

    @Test func freePlacesSideBySideBecomeOne() {
        let small = (0..<4).map { _ in Storage(.float, count: 16) }
        let large = Storage(.float, count: 64)
        let plan = MemoryPlan(
            [[unit(reading: [], writing: small)], [unit(reading: [], writing: [large])]],
            within: limits)
        #expect(plan.arenas == [256])
    }

    @Test func moreThanADeviceAllowsIsSeveralArenas() {
        let tight = MemoryLimits(arenaBytes: 1024, alignment: 64, isolatesStorages: false)
        let storages = (0..<5).map { _ in Storage(.float, count: 128) }
        let plan = MemoryPlan([[unit(reading: [], writing: storages)]], within: tight)
        #expect(plan.arenas == [1024, 1024, 512])
        // What is larger by itself is left to the device to refuse.
        let huge = MemoryPlan(chain([1000]), within: tight)
        #expect(huge.arenas == [4000])
    }

    @Test func isolatedStoragesEndWhereTheirContentsDo() {
        let isolated = MemoryLimits(arenaBytes: 1 << 20, alignment: 64, isolatesStorages: true)
        let plan = MemoryPlan(chain([3, 5, 7]), within: isolated)
        #expect(plan.arenas == [12, 20, 28])
    }

    @Test func whatPersistsLiesSideBySide() {
        var layout = PersistentLayout(
            within: MemoryLimits(arenaBytes: 300, alignment: 64, isolatesStorages: false))
        let places = [100, 4, 100, 1000].map { layout.place($0) }
        #expect(places.map(\.arena) == [0, 0, 0, 1])
        #expect(places.map(\.byteOffset) == [0, 128, 192, 0])
        #expect(layout.arenas == [292, 1000])
    }

    @Test func thePlanIsTheSameEveryTime() {
        var random = Randomness(7)
        let counts = (0..<200).map { _ in random.integer(1...500) }
        let plans = (0..<3).map { _ in MemoryPlan(chain(counts), within: limits) }
        for plan in plans {
            #expect(plan.places.map(\.byteOffset) == plans[0].places.map(\.byteOffset))
        }
    }

    @Test(arguments: 1...200 as ClosedRange<UInt64>)
    func sharedMemoryIsNeverNeededTwice(seed: UInt64) throws {
        var random = Randomness(seed)
        var written: [Storage] = []
        let stages = (0..<30).map { _ in
            (0..<random.integer(1...3)).map { _ in
                let read = written.filter { _ in random.bool(0.1) }
                let storage = Storage(.float, count: random.integer(1...500))
                written.append(storage)
                return unit(reading: read, writing: [storage])
            }
        }
        let plan = MemoryPlan(stages, within: limits)
        let places = Dictionary(
            uniqueKeysWithValues: plan.places.map { (ObjectIdentifier($0.storage), $0) })
        let lives = Life.all(in: stages)
        #expect(places.count == lives.count)
        for (index, a) in lives.enumerated() {
            let placeA = try #require(places[ObjectIdentifier(a.storage)])
            #expect(placeA.byteOffset + a.byteCount <= plan.arenas[placeA.arena])
            #expect(placeA.byteOffset.isMultiple(of: 64))
            for b in lives[(index + 1)...] where a.first <= b.last && b.first <= a.last {
                let placeB = try #require(places[ObjectIdentifier(b.storage)])
                let rangeA = placeA.byteOffset..<placeA.byteOffset + a.byteCount
                let rangeB = placeB.byteOffset..<placeB.byteOffset + b.byteCount
                #expect(placeA.arena != placeB.arena || !rangeA.overlaps(rangeB))
            }
        }
        // No plan can do with less than what lives at once.
        let needed =
            stages.indices.map { stage in
                lives.filter { $0.first <= stage && stage <= $0.last }
                    .map { limits.aligned($0.byteCount) }.reduce(0, +)
            }.max() ?? 0
        #expect(plan.arenas.reduce(0, +) < 3 * needed / 2)
    }
}
