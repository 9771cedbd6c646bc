import Foundation
import NNGPU
import Testing

/// A folder of a test's own in which the tool is run; it goes when the test does.
final class Workspace {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
            .appending(path: "nngpu-cli-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    /// Runs the tool to its end with arguments that are separated by spaces, `input` on stdin and
    /// an environment that differs from this process's in what is given.
    func run(
        _ line: String, input: Data = Data(), environment: [String: String] = [:]
    ) throws -> Outcome {
        let name = ".\(UUID().uuidString).stdin"
        try write(input, as: name)
        let handle = try FileHandle(forReadingFrom: url.appending(path: name))
        defer { try? handle.close() }
        return try ToolRun(line, in: self, environment: environment, input: handle).outcome()
    }

    /// Runs the tool, which must succeed, and returns what it printed on stdout.
    @discardableResult
    func succeed(
        _ line: String, input: Data = Data(), environment: [String: String] = [:],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> String {
        let outcome = try run(line, input: input, environment: environment)
        try #require(outcome.code == 0, "\(line): \(outcome)", sourceLocation: sourceLocation)
        return outcome.stdout
    }

    /// Runs the tool, which must succeed and print one JSON value.
    func decode<Value: Decodable>(
        _ type: Value.Type, _ line: String, environment: [String: String] = [:],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> Value {
        let text = try succeed(line, environment: environment, sourceLocation: sourceLocation)
        return try JSONDecoder().decode(type, from: Data(text.utf8))
    }

    // MARK: - Files

    func write(_ text: String, as name: String) throws { try write(Data(text.utf8), as: name) }

    func write(_ data: Data, as name: String) throws {
        let file = url.appending(path: name)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try data.write(to: file)
    }

    func writeNumPy(_ values: [Float], shape: [Int], as name: String) throws {
        try write(Data(NumPyArray(shape: shape, values: values).encoded()), as: name)
    }

    /// Writes bytes in the IDX format.
    func writeIDX(_ values: [UInt8], shape: [Int], as name: String) throws {
        let sizes = shape.flatMap { size in [24, 16, 8, 0].map { UInt8(size >> $0 & 0xFF) } }
        try write(Data([0, 0, 8, UInt8(shape.count)] + sizes + values), as: name)
    }

    func data(_ name: String) throws -> Data { try Data(contentsOf: url.appending(path: name)) }

    func text(_ name: String) throws -> String { String(decoding: try data(name), as: UTF8.self) }

    func weights(_ name: String) throws -> Safetensors {
        try Safetensors(contentsOf: url.appending(path: name))
    }

    func exists(_ name: String) -> Bool {
        FileManager.default.fileExists(atPath: url.appending(path: name).path)
    }
}

/// What a run of the tool left behind.
struct Outcome: CustomStringConvertible {
    /// The exit code, or minus the number of the signal that killed it.
    let code: Int32
    let stdout: String
    let stderr: String

    var description: String { "code \(code)\nstdout: \(stdout)\nstderr: \(stderr)" }
}
