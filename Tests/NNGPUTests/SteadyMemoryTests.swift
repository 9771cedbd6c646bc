import Foundation
import NNGPU
import Testing

@testable import NNOpenCL

/// Trainers that are made, trained, saved, restored and dropped, over and over, as a long-lived program
/// does; `NNGPU_SOAK_ROUNDS` says how often.
@Suite(.enabled(if: !OnDevice.forms.isEmpty)) struct SteadyMemoryTests {
    // In processes of their own, because what is counted is that of all tests that run at the time.

    @Test func trainersLeaveNothingOnTheirDevice() async {
        await #expect(processExitsWith: .success) {
            let backend = try OpenCLBackend(Device.at(0))
            try expectSteadyMemory { try trainAndDrop(on: backend) }
        }
    }

    @Test func devicesThatAreOpenedAgainLeaveNothing() async {
        await #expect(processExitsWith: .success) {
            try expectSteadyMemory { try trainAndDrop(on: OpenCLBackend(Device.at(0))) }
            #expect(LiveObjects.Kind.allCases.allSatisfy { LiveObjects.count(of: $0) == 0 })
        }
    }
}

private func trainAndDrop(on backend: OpenCLBackend) throws {
    func makeTrainer() throws -> Trainer {
        try Trainer(
            model: .multilayerPerceptron(inputs: 2, hidden: [32, 32], outputs: 2), inputShape: [2],
            loss: .crossEntropy, optimizer: Adam(), learningRate: 0.01, backend: backend)
    }
    let data = try DataSource("moons").load(seed: 1).train
    let first = try makeTrainer()
    try first.fit(data, options: TrainingOptions(length: .steps(10), batchSize: 64))
    let second = try makeTrainer()
    try second.restore(Checkpoint(data: first.checkpoint().encoded()))
    try second.fit(data, options: TrainingOptions(length: .steps(20), batchSize: 64))
    _ = try second.evaluate(data)
}

private func expectSteadyMemory(of round: () throws -> Void) throws {
    let rounds = ProcessInfo.processInfo.environment["NNGPU_SOAK_ROUNDS"].flatMap(Int.init) ?? 20
    // Kernels are built and the pool is filled.
    for _ in 0..<3 { try round() }
    let objects = LiveObjects.Kind.allCases.map(LiveObjects.count)
    let begin = try residentBytes()
    for index in 0..<rounds {
        try round()
        #expect(LiveObjects.Kind.allCases.map(LiveObjects.count) == objects)
        if index.isMultiple(of: max(1, rounds / 10)) {
            print("round \(index): \(try residentBytes() >> 10) KiB")
        }
    }
    let growth = try residentBytes() - begin
    print("\(rounds) rounds: \(growth >> 10) KiB more than \(begin >> 10) KiB")
    // The allocator keeps some pages; a trainer that stayed would be 64 KiB a round.
    #expect(growth < 8 << 20)
}

/// What the process holds in memory.
private func residentBytes() throws -> Int {
    let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(
        separator: " ")
    return try #require(Int(fields[1])) * sysconf(Int32(_SC_PAGESIZE))
}
