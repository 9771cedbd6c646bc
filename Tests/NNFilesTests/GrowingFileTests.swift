import Foundation
import NNFiles
import TestSupport
import Testing

@Suite struct GrowingFileTests {
    private let folder: TemporaryFolder
    private var path: String { folder.url.appending(path: "log").path }

    init() throws { folder = try TemporaryFolder() }

    private func text() throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

    @Test func recordsFollowWhatIsThere() throws {
        for record in ["a", "b"] {
            try GrowingFile(path: path).append(Data(record.utf8))
        }
        #expect(try text() == "ab")
    }

    @Test func whatIsNotToBeKeptGoes() throws {
        try folder.write(Array("whole, cut".utf8), as: "log")
        try GrowingFile(path: path, keeping: 6).append(Data("!".utf8))
        #expect(try text() == "whole,!")
    }

    @Test func twoWritersDoNotMix() throws {
        let file = try GrowingFile(path: path)
        let error = try #require(throws: GrowingFileError.self) { try GrowingFile(path: path) }
        #expect(error.code == EWOULDBLOCK && "\(error)".contains("Another process"))
        try file.append(Data("a".utf8))
        #expect(try text() == "a")
    }

    @Test func devicesAndFoldersAreRefused() {
        #expect(throws: GrowingFileError(path: "/dev/null", code: EINVAL)) {
            try GrowingFile(path: "/dev/null")
        }
        #expect(throws: GrowingFileError(path: folder.path, code: EISDIR)) {
            try GrowingFile(path: folder.path)
        }
    }
}
