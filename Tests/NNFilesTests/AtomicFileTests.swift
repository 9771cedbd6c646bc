import Foundation
import TestSupport
import Testing

@testable import NNFiles

@Suite struct AtomicFileTests {
    @Test func anExistingFileIsReplacedAndKeepsItsPermissions() throws {
        let folder = try TemporaryFolder()
        let url = folder.url.appending(path: String(repeating: "n", count: 255))
        try AtomicFile.write(Data("old".utf8), to: url)
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: url.path)
        try AtomicFile.write(Data("new".utf8), to: url)
        #expect(try Data(contentsOf: url) == Data("new".utf8))
        let attributes = try FileManager.default.attributesOfItem(atPath: url.path)
        #expect(attributes[.posixPermissions] as? Int == 0o640)
        #expect(try folder.names == [url.lastPathComponent])
    }

    /// What could be run with its owner's rights were other bytes.
    @Test(arguments: [0o4755, 0o2755, 0o1644, 0o7777])
    func specialBitsAreNotKept(mode: Int) throws {
        let folder = try TemporaryFolder()
        let path = try folder.write([1], as: "file")
        #expect(chmod(path, mode_t(mode)) == 0)
        try AtomicFile.write(Data([2]), to: URL(filePath: path))
        var status = stat()
        #expect(stat(path, &status) == 0)
        #expect(Int(status.st_mode) & 0o7777 == mode & 0o777)
    }

    @Test func aFailureLeavesNothingBehind() throws {
        let folder = try TemporaryFolder()
        let absent = folder.url.appending(path: "absent/file")
        #expect(throws: AtomicFileError(path: absent.path, step: .create, code: ENOENT)) {
            try AtomicFile.write(Data([1]), to: absent)
        }
        let inner = folder.url.appending(path: "inner")
        try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: false)
        #expect(throws: AtomicFileError(path: inner.path, step: .inspect, code: EISDIR)) {
            try AtomicFile.write(Data([1]), to: inner)
        }
        // Too long a name is only found when the scratch file, written in full, is to be renamed.
        let long = folder.url.appending(path: String(repeating: "n", count: 256))
        #expect(throws: AtomicFileError(path: long.path, step: .rename, code: ENAMETOOLONG)) {
            try AtomicFile.write(Data([1]), to: long)
        }
        #expect(try folder.names == ["inner"])
    }

    @Test func aDeviceIsNotReplaced() throws {
        #expect(throws: AtomicFileError(path: "/dev/null", step: .inspect, code: EINVAL)) {
            try AtomicFile.write(Data([1]), to: URL(filePath: "/dev/null"))
        }
    }

    @Test func aLinkIsFollowed() throws {
        let folder = try TemporaryFolder()
        let target = folder.url.appending(path: "target")
        let link = folder.url.appending(path: "link")
        try AtomicFile.write(Data([1]), to: target)
        try FileManager.default.createSymbolicLink(at: link, withDestinationURL: target)
        try AtomicFile.write(Data([2]), to: link)
        #expect(try Data(contentsOf: target) == Data([2]))
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link.path) == target.path)
    }

    @Test func concurrentWritersLeaveOneOfTheirFilesWhole() async throws {
        let folder = try TemporaryFolder()
        let url = folder.url.appending(path: "file")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in UInt8(0)..<8 {
                group.addTask {
                    for _ in 0..<10 {
                        try AtomicFile.write(Data(repeating: writer, count: 100_000), to: url)
                        let content = try Data(contentsOf: url)
                        #expect(content.count == 100_000 && Set(content).count == 1)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try folder.names == ["file"])
    }
}
