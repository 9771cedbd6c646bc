import Foundation
import Testing

@testable import NNOpenCL

@Suite(.enabled(if: Testbed.hasDevice)) struct ProgramCacheTests {
    /// Doubles a number with the cached program, and reports whether it came from the disk.
    private func run(in folder: String?) throws -> (value: Float?, hits: Int, misses: Int) {
        let context = try Testbed.makeContext(programFolder: folder)
        let program = try context.programs.program(named: "test", source: Testbed.scaleSource)
        let x = try context.makeBuffer([21] as [Float])
        try context.queue.enqueue(program.launch("scale", global: [1], x, Float(2)))
        return (
            try context.elements(of: x).first, context.counters.binaryCacheHits,
            context.counters.binaryCacheMisses
        )
    }

    private func entries(of folder: String) throws -> [URL] {
        try FileManager.default.contentsOfDirectory(
            at: URL(filePath: folder), includingPropertiesForKeys: nil)
    }

    @Test func contextBuildsEachProgramOnce() throws {
        let context = try Testbed.makeContext()
        let first = try context.programs.program(named: "a", source: Testbed.scaleSource)
        let second = try context.programs.program(named: "a", source: Testbed.scaleSource)
        let other = try context.programs.program(
            named: "a", source: Testbed.scaleSource, options: "-cl-std=CL1.2 -DX")
        #expect(first === second)
        #expect(first !== other)
        #expect(context.counters.binaryCacheMisses == 2)
    }

    @Test func secondContextLoadsFromDisk() async throws {
        try await withTemporaryFolder { folder throws in
            #expect(try run(in: folder) == (42, 0, 1))
            #expect(try run(in: folder) == (42, 1, 0))
            #expect(try entries(of: folder).count == 1)
        }
    }

    enum Damage: CaseIterable {
        case truncated, flippedByte, empty, garbage, folder, otherDevice, refusedByDriver

        func apply(to entry: URL) throws {
            var bytes = Array(try Data(contentsOf: entry))
            switch self {
            case .truncated: bytes.removeLast(bytes.count / 2)
            case .flippedByte: bytes[bytes.count - 100] ^= 1
            case .empty: bytes = []
            case .garbage: bytes = (0..<500).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            case .folder:
                try FileManager.default.removeItem(at: entry)
                try FileManager.default.createDirectory(
                    at: entry, withIntermediateDirectories: false)
                return
            case .otherDevice: bytes = BinaryCacheEntry.encode([1, 2, 3], for: "another device")
            case .refusedByDriver:
                let key = String(decoding: bytes[40...].prefix(keyLength(bytes)), as: UTF8.self)
                bytes = BinaryCacheEntry.encode(Array("not a program".utf8), for: key)
                guard BinaryCacheEntry.binary(in: bytes, for: key) != nil else {
                    throw CocoaError(.fileReadCorruptFile)
                }
            }
            try Data(bytes).write(to: entry)
        }

        private func keyLength(_ entry: [UInt8]) -> Int {
            Int(entry.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 16, as: UInt64.self) })
        }
    }

    @Test(arguments: Damage.allCases)
    func damagedEntryIsRebuiltAndReplaced(damage: Damage) async throws {
        try await withTemporaryFolder { folder throws in
            _ = try run(in: folder)
            let entry = try #require(try entries(of: folder).first)
            try damage.apply(to: entry)
            #expect(try run(in: folder) == (42, 0, 1))
            // A folder in the way cannot be replaced by a file; it stays a miss.
            let hits = damage == .folder ? 0 : 1
            #expect(try run(in: folder) == (42, hits, 1 - hits))
            #expect(try entries(of: folder).count == 1)
        }
    }

    @Test func entryOfAnotherProgramIsNotTrusted() async throws {
        try await withTemporaryFolder { folder throws in
            _ = try run(in: folder)
            let entry = try #require(try entries(of: folder).first)
            let context = try Testbed.makeContext(programFolder: folder)
            let halving = Testbed.scaleSource.replacing("*= factor", with: "/= factor")
            _ = try context.programs.program(named: "test", source: halving)
            let other = try #require(try entries(of: folder).first { $0 != entry })
            try Data(contentsOf: other).write(to: entry)
            #expect(try run(in: folder) == (42, 0, 1))
        }
    }

    @Test(arguments: [nil, "/dev/null/programs", "/proc/nngpu"])
    func unusableFolderOnlyCostsTheBuild(folder: String?) throws {
        #expect(try run(in: folder) == (42, 0, 1))
        #expect(try run(in: folder) == (42, 0, 1))
    }

    @Test func threadsMayShareAFolder() async throws {
        try await withTemporaryFolder { folder async throws in
            try await withThrowingTaskGroup(of: Float?.self) { group in
                for _ in 0..<8 { group.addTask { try run(in: folder).value } }
                for try await value in group { #expect(value == 42) }
            }
            #expect(try run(in: folder) == (42, 1, 0))
            #expect(try entries(of: folder).count == 1, "scratch files were left behind")
        }
    }

    @Test func processesMayShareAFolder() async throws {
        try await withTemporaryFolder { folder async throws in
            await withTaskGroup { group in
                for _ in 0..<4 {
                    group.addTask {
                        await #expect(processExitsWith: .success) { [folder = folder as String] in
                            let cache = BinaryCache(folder: folder)
                            for round in 0..<50 {
                                let binary = [UInt8](repeating: UInt8(round % 256), count: 20_000)
                                cache.store(binary, for: "shared")
                                #expect(cache.load("shared")?.count == 20_000)
                            }
                        }
                    }
                }
            }
            #expect(try entries(of: folder).count == 1, "scratch files were left behind")
        }
    }
}
