import NNGraph
import Testing

@testable import NNOpenCL

/// Memory is shared where lifetimes allow, and only there.
@Suite(.enabled(if: !TestBackend.devices.isEmpty))
struct MemoryPlanTests {
    private struct NotMade: Error {}

    private func unit(reading reads: [Storage], writing writes: [Storage]) -> Unit {
        func views(_ storages: [Storage]) -> [View] { storages.map { View($0, [$0.count]) } }
        return Unit(reads: views(reads), writes: views(writes), elementwiseReads: views(reads)) {
            throw NotMade()
        }
    }

    @Test func aChainNeedsTwoBuffers() throws {
        let storages = (0..<6).map { _ in Storage(.float, count: 100) }
        let units = storages.indices.map { index in
            unit(reading: index == 0 ? [] : [storages[index - 1]], writing: [storages[index]])
        }
        try withPlan(units) { plan in #expect(plan.scratch.count == 2) }
        #expect(storages[0].buffer === storages[2].buffer)
        #expect(storages[0].buffer !== storages[1].buffer)
    }

    @Test func whatIsReadIsNotOverwritten() throws {
        let (a, b) = (Storage(.float, count: 9), Storage(.float, count: 9))
        try withPlan([unit(reading: [], writing: [a]), unit(reading: [a], writing: [b])]) { _ in
            #expect(a.buffer !== b.buffer)
        }
    }

    @Test func whatRunsAtOnceSharesNothing() throws {
        let storages = (0..<3).map { _ in Storage(.float, count: 100) }
        let stage = [
            unit(reading: [storages[0]], writing: [storages[1]]),
            unit(reading: [], writing: [storages[2]]),
        ]
        try withOpenCL(.openCLSerial) { backend in
            let plan = try MemoryPlan([stage], pool: backend.context.pool)
            #expect(plan.scratch.count == 3)
        }
    }

    @Test func boundMemoryIsLeftAlone() throws {
        try withOpenCL(.openCLSerial) { backend in
            let leaf = try backend.context.pool.allocate(byteCount: 40)
            let bound = Storage(.float, count: 10, buffer: leaf)
            let free = Storage(.float, count: 10)
            let plan = try MemoryPlan(
                [[unit(reading: [bound], writing: [free])]], pool: backend.context.pool)
            #expect(bound.buffer === leaf)
            #expect(free.buffer !== leaf)
            #expect(plan.scratch.count == 1)
        }
    }

    @Test(arguments: 1...200 as ClosedRange<UInt64>)
    func sharedMemoryIsNeverNeededTwice(seed: UInt64) throws {
        var random = Randomness(seed)
        let storages = (0..<20).map { _ in Storage(.float, count: random.integer(1...500)) }
        var written: [Storage] = []
        let units = storages.map { storage in
            let read = written.filter { _ in random.bool(0.15) }
            written.append(storage)
            return unit(reading: read, writing: [storage])
        }
        try withPlan(units) { plan in
            let lives = storages.map { storage in
                let touching = units.indices.filter { index in
                    (units[index].reads + units[index].writes).contains { $0.storage === storage }
                }
                return (storage, (touching.first ?? 0)...(touching.last ?? 0))
            }
            for (index, (a, lifeOfA)) in lives.enumerated() {
                #expect((a.buffer?.byteCount ?? 0) >= 4 * a.count)
                for (b, lifeOfB) in lives[(index + 1)...] where a.buffer === b.buffer {
                    #expect(!lifeOfA.overlaps(lifeOfB))
                }
            }
            #expect(plan.scratch.count <= storages.count)
        }
    }

    /// The buffers go back to the pool of the backend, which one test has at a time.
    private func withPlan(_ units: [Unit], _ body: (MemoryPlan) -> Void) throws {
        try withOpenCL(.openCLSerial) { backend in
            body(try MemoryPlan(units.map { [$0] }, pool: backend.context.pool))
        }
    }
}
