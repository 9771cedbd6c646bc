import Foundation
import Testing

@testable import NNOpenCL

@Suite struct ProcessorsTests {
    /// Masks of a machine with four processors, a quota, and what PoCL is told.
    @Test(
        arguments: [
            ([0, 1, 2, 3], nil, nil, 4, ["POCL_AFFINITY": "1"]),
            // The user's own number of threads leaves processors idle, which is no reason to crowd the
            // first ones.
            ([0, 1, 2, 3], nil, 2, 4, ["POCL_AFFINITY": "0"]),
            ([1], nil, nil, 1, ["POCL_AFFINITY": "0", "POCL_MAX_PTHREAD_COUNT": "1"]),
            ([1, 3], nil, nil, 2, ["POCL_AFFINITY": "0", "POCL_MAX_PTHREAD_COUNT": "2"]),
            ([0, 1], nil, nil, 2, ["POCL_AFFINITY": "0", "POCL_MAX_PTHREAD_COUNT": "2"]),
            ([0, 1, 2, 3], 1.5, nil, 2, ["POCL_AFFINITY": "0", "POCL_MAX_PTHREAD_COUNT": "2"]),
            ([0, 1, 2, 3], 0.1, nil, 1, ["POCL_AFFINITY": "0", "POCL_MAX_PTHREAD_COUNT": "1"]),
            ([0, 1, 2, 3], 9, nil, 4, ["POCL_AFFINITY": "1"]),
            // A system that does not tell.
            ([], nil, nil, 1, ["POCL_AFFINITY": "0", "POCL_MAX_PTHREAD_COUNT": "1"]),
        ] as [([Int], Double?, Int?, Int, [String: String])])
    func maskAndQuotaSayHowManyThreadsThereAre(
        mask: [Int], quota: Double?, given: Int?, count: Int, expected: [String: String]
    ) {
        let processors = Processors(allowed: mask, online: 4, quota: quota)
        #expect(processors.count == count)
        let variables = DriverEnvironment.threads(of: processors, given: given)
        #expect(Dictionary(uniqueKeysWithValues: variables) == expected)
    }

    @Test func thisProcessMayUseAProcessor() {
        #expect(!Processors.shared.allowed.isEmpty)
        #expect((1...Processors.shared.allowed.count).contains(Processors.shared.count))
        #expect(
            Device.all.filter { $0.kind == .cpu }.allSatisfy {
                $0.computeUnits <= Processors.shared.count
            })
    }

    /// A group is held to its own quota and to those of the groups above it.
    @Test(
        arguments: [
            (["a/b": "max 100000", "a": "150000 100000", "": "max 100000"], 1.5),
            (["a/b": "50000 100000", "a": "150000 100000"], 0.5),
            (["a/b": "200000 100000", "": "100000 100000"], 1),
            (["a/b": "max 100000"], nil), (["a/b": "nonsense"], nil), (["a/b": "1 0"], nil),
            ([:], nil),
        ] as [([String: String], Double?)])
    func quotasOfGroupsAreRead(files: [String: String], quota: Double?) async throws {
        try await withTemporaryFolder { folder throws in
            for (group, text) in files {
                try FileManager.default.createDirectory(
                    atPath: "\(folder)/\(group)", withIntermediateDirectories: true)
                try Data("\(text)\n".utf8).write(
                    to: URL(fileURLWithPath: "\(folder)/\(group)/cpu.max"))
            }
            #expect(Processors.quota(root: folder, group: "/a/b") == quota)
        }
    }
}
