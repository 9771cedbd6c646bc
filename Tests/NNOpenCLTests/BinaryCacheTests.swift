import Foundation
import Testing

@testable import NNOpenCL

@Suite struct BinaryCacheTests {
    private let key = "device\u{0}source"
    private let binary: [UInt8] = [0, 1, 2, 250]

    @Test func entryGivesBackItsBinary() {
        let entry = BinaryCacheEntry.encode(binary, for: key)
        #expect(BinaryCacheEntry.binary(in: entry, for: key) == binary)
        let empty = BinaryCacheEntry.encode([], for: "")
        #expect(BinaryCacheEntry.binary(in: empty, for: "") == [])
    }

    @Test func entryOfAnotherProgramIsRefused() {
        let entry = BinaryCacheEntry.encode(binary, for: key)
        for other in ["", "device", "device\u{0}sourcE", key + "\n"] {
            #expect(BinaryCacheEntry.binary(in: entry, for: other) == nil)
        }
    }

    @Test func anyCutOrFlippedBitIsNoticed() {
        let entry = BinaryCacheEntry.encode(binary, for: key)
        for length in 0..<entry.count {
            #expect(BinaryCacheEntry.binary(in: Array(entry[..<length]), for: key) == nil)
        }
        for index in entry.indices {
            for bit in 0..<8 {
                var damaged = entry
                damaged[index] ^= 1 << bit
                #expect(BinaryCacheEntry.binary(in: damaged, for: key) == nil)
            }
        }
        #expect(BinaryCacheEntry.binary(in: entry + [0], for: key) == nil)
    }

    @Test func storedBinaryIsFoundInAFolderMadeOnTheWay() async throws {
        try await withTemporaryFolder { folder throws in
            let cache = BinaryCache(folder: folder + "/deep/er")
            #expect(cache.load(key) == nil)
            cache.store(binary, for: key)
            #expect(cache.load(key) == binary)
            #expect(cache.load("other") == nil)
            cache.store([9], for: key)
            #expect(cache.load(key) == [9])
        }
    }

    /// A pipe would hang, and zeros have no end.
    @Test(arguments: [true, false])
    func whatIsNoFileIsAMiss(isPipe: Bool) async throws {
        try await withTemporaryFolder { folder throws in
            let cache = BinaryCache(folder: folder)
            cache.store(binary, for: key)
            let name = try #require(FileManager.default.contentsOfDirectory(atPath: folder).first)
            let path = "\(folder)/\(name)"
            unlink(path)
            try #require((isPipe ? mkfifo(path, 0o600) : symlink("/dev/zero", path)) == 0)
            #expect(cache.load(key) == nil)
            cache.store(binary, for: key)
            #expect(cache.load(key) == binary)
        }
    }

    /// What the driver gets runs in this process, so nobody else may have had a hand in it.
    @Test(arguments: [0o620, 0o602, 0o666])
    func whatOthersMayWriteIsAMiss(mode: mode_t) async throws {
        try await withTemporaryFolder { folder throws in
            let cache = BinaryCache(folder: folder)
            cache.store(binary, for: key)
            let name = try #require(FileManager.default.contentsOfDirectory(atPath: folder).first)
            try #require(chmod("\(folder)/\(name)", mode) == 0)
            #expect(cache.load(key) == nil)
            cache.store(binary, for: key)
            #expect(cache.load(key) == binary)
        }
    }

    @Test func aLinkIsAMissWhereverItLeads() async throws {
        try await withTemporaryFolder { folder throws in
            let cache = BinaryCache(folder: folder)
            cache.store(binary, for: key)
            let name = try #require(FileManager.default.contentsOfDirectory(atPath: folder).first)
            try #require(rename("\(folder)/\(name)", "\(folder)/real") == 0)
            try #require(symlink("real", "\(folder)/\(name)") == 0)
            #expect(cache.load(key) == nil)
        }
    }
}
