import Foundation
import Testing

@testable import NNOpenCL

@Suite struct CacheFolderTests {
    /// Which folder an environment leads to: names stand for folders within a temporary one, of which
    /// `file` is none, `open` may be written by others, and `missing` is not there.
    @Test(
        arguments: [
            (["NNGPU_CACHE": "a", "XDG_CACHE_HOME": "b", "HOME": "home"], "a", 0),
            (["NNGPU_CACHE": "off", "HOME": "home"], nil, 0),
            (["NNGPU_CACHE": "", "XDG_CACHE_HOME": "b", "HOME": "home"], "b/nngpu/programs", 0),
            (["XDG_CACHE_HOME": "b", "HOME": "home"], "b/nngpu/programs", 0),
            (["HOME": "home"], "home/.cache/nngpu/programs", 0),
            // What is named is taken or nothing.
            (["NNGPU_CACHE": "file", "HOME": "home"], nil, 1),
            (["NNGPU_CACHE": "open", "HOME": "home"], nil, 1),
            (["NNGPU_CACHE": "link", "HOME": "home"], nil, 1),
            (["XDG_CACHE_HOME": "file", "HOME": "home"], "home/.cache/nngpu/programs", 1),
            (["HOME": "missing"], "account/.cache/nngpu/programs", 1),
            ([:], "account/.cache/nngpu/programs", 1),
        ] as [([String: String], String?, Int)])
    func theFirstUsableFolderIsTaken(
        environment: [String: String], expected: String?, problems: Int
    ) async throws {
        try await withTemporaryFolder { folder throws in
            for name in ["home", "account", "open"] {
                try #require(mkdir("\(folder)/\(name)", 0o700) == 0)
            }
            try #require(chmod("\(folder)/open", 0o777) == 0)
            try Data().write(to: URL(fileURLWithPath: "\(folder)/file"))
            try #require(symlink("home", "\(folder)/link") == 0)
            let found = CacheFolder(
                environment: { name in
                    environment[name].map { ["off", ""].contains($0) ? $0 : "\(folder)/\($0)" }
                }, accountHome: "\(folder)/account", temporary: "\(folder)/temporary")
            #expect(found.path == expected.map { "\(folder)/\($0)" })
            #expect(found.problems.count == problems, "\(found.problems)")
        }
    }

    @Test func withoutAnyHomeTemporaryFilesAreLeft() async throws {
        try await withTemporaryFolder { folder throws in
            let temporary = "\(folder)/temporary"
            let found = CacheFolder(
                environment: { _ in nil }, accountHome: nil, temporary: temporary)
            #expect(found.path == temporary)
            var status = stat()
            try #require(stat(temporary, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o700)
        }
    }

    /// What PoCL 3.1 does, in the order of its own choice.
    @Test(
        arguments: [
            (["POCL_CACHE_DIR": "/a", "XDG_CACHE_HOME": "/b", "HOME": "/c"], "/a"),
            (["XDG_CACHE_HOME": "/b", "HOME": "/c"], "/b/pocl/kcache"),
            (["HOME": "/c"], "/c/.cache/pocl/kcache"),
        ] as [([String: String], String)])
    func whereItsCacheLiesIsPredicted(environment: [String: String], folder: String) {
        #expect(PoCLCache.folder { environment[$0] } == folder)
    }

    @Test func aCacheThatCannotBeMadeIsNoticed() async throws {
        try await withTemporaryFolder { folder throws in
            #expect(PoCLCache.problem(of: folder) == nil)
            #expect(PoCLCache.problem(of: "\(folder)/new/deep") == nil)
            #expect(access("\(folder)/new", F_OK) != 0)
            try Data().write(to: URL(fileURLWithPath: "\(folder)/file"))
            #expect(PoCLCache.problem(of: "\(folder)/file") == "is no folder")
            #expect(PoCLCache.problem(of: "\(folder)/file/deep") == "is no folder")
        }
    }
}
