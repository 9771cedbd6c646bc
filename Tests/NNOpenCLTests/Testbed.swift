import Foundation
import Testing

@testable import NNOpenCL

/// What the tests that need a device have in common.
enum Testbed {
    static let hasDevice = !Device.all.isEmpty

    /// A context on the first device that, unless told otherwise, keeps nothing on disk.
    static func makeContext(
        profiling: Bool = false, programFolder: String? = nil
    ) throws -> Context {
        try Context(device: Device.at(0), profiling: profiling, programFolder: programFolder)
    }

    static let vectorSource = """
        kernel void vector_add(
            global const float *a, global const float *b, global float *y, const int count)
        {
            const int i = get_global_id(0);
            if (i < count) y[i] = a[i] + b[i];
        }
        """

    static let scaleSource = """
        kernel void scale(global float *x, const float factor) { x[get_global_id(0)] *= factor; }
        """

    static func roundUp(_ count: Int, toMultipleOf size: Int) -> Int {
        (count + size - 1) / size * size
    }
}

extension Context {
    func makeBuffer<Element: BitwiseCopyable>(_ elements: [Element]) throws -> Buffer {
        let buffer = try pool.allocate(byteCount: elements.count * MemoryLayout<Element>.stride)
        try elements.withUnsafeBytes { try queue.write($0, to: buffer) }
        return buffer
    }

    func elements(of buffer: Buffer) throws -> [Float] {
        var elements = [Float](repeating: .nan, count: buffer.byteCount / 4)
        try elements.withUnsafeMutableBytes { try queue.read(buffer, into: $0) }
        return elements
    }
}

/// Runs a body with the path of a new folder and removes it afterwards.
func withTemporaryFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "nngpu-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(folder.path)
}

extension Program {
    /// A launch with its arguments written out.
    func launch(
        _ name: String, global: [Int], local: [Int]? = nil, label: String? = nil,
        cost: Launch.Cost = Launch.Cost(), _ arguments: any KernelArgument...
    ) throws(OpenCLError) -> Launch {
        try launch(
            name, global: global, local: local, label: label, cost: cost, arguments: arguments)
    }
}
