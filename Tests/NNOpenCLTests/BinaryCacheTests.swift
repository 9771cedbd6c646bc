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

    @Test(
        arguments: [
            (["NNGPU_CACHE": "/a", "XDG_CACHE_HOME": "/b", "HOME": "/c"], "/a"),
            (["NNGPU_CACHE": "off", "XDG_CACHE_HOME": "/b", "HOME": "/c"], nil),
            (["NNGPU_CACHE": "", "XDG_CACHE_HOME": "/b", "HOME": "/c"], "/b/nngpu/programs"),
            (["XDG_CACHE_HOME": "/b", "HOME": "/c"], "/b/nngpu/programs"),
            (["HOME": "/c"], "/c/.cache/nngpu/programs"),
            ([:], nil),
        ] as [([String: String], String?)])
    func environmentChoosesTheFolder(environment: [String: String], folder: String?) {
        #expect(BinaryCache.folder { environment[$0] } == folder)
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
}
