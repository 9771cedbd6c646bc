import CProcess
import Foundation
import NNGPU

/// How long large graphs take to compile, and what becomes of them.
public enum CompileSuite {
    /// One graph.
    public struct Row: Codable, Sendable {
        /// The kind of graph: `chain`, `tree` or `transformer`.
        public let graph: String
        /// The operations of the graph.
        public let operations: Int
        /// The time to compile it where its programs are built, in seconds.
        public let seconds: Double
        /// The most memory that the process had while it compiled the graph, beyond what it had before,
        /// in bytes; 0 where the system does not tell.
        public let memoryBytes: Int
        /// What a run asks of the device; nil for the reference.
        public let launches: Int?
        /// The time of a run, in seconds.
        public let runSeconds: Double
    }

    /// The operations of the graphs that are compiled, about.
    private static let sizes = [500, 5_000, 50_000]

    /// Compiles graphs of each kind and size, and a block of a transformer by itself.
    public static func run(on backend: any Backend) throws -> [Row] {
        var rows = [try row(.transformer, LargeGraph.transformer(blocks: 1), on: backend)]
        for kind in LargeGraph.allCases {
            for size in sizes {
                let graph = try kind.graph(operations: size)
                rows.append(try row(kind, graph, on: backend))
            }
        }
        rows.append(try row(.transformer, LargeGraph.transformer(blocks: 96), on: backend))
        return rows
    }

    private static func row(
        _ kind: LargeGraph, _ graph: Graph, on backend: any Backend
    ) throws -> Row {
        // The first time builds the programs.
        let first = try backend.compile(graph)
        let before = forgetPeak()
        let start = ContinuousClock.now
        let executable = try backend.compile(graph)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let memory = peakBytes() - before
        try withExtendedLifetime(first) { try executable.run() }
        try backend.synchronize()
        let launches = (backend as? OpenCLBackend)?.statistics.launches
        let time = ContinuousClock.now
        try executable.run()
        try backend.synchronize()
        let runSeconds = (ContinuousClock.now - time) / .seconds(1)
        return Row(
            graph: kind.rawValue, operations: graph.nodes.count, seconds: seconds,
            memoryBytes: memory,
            launches: launches.flatMap { before in
                (backend as? OpenCLBackend).map { $0.statistics.launches - before }
            }, runSeconds: runSeconds)
    }

    /// Makes what the process has at the moment its peak, and returns it (Linux).
    private static func forgetPeak() -> Int {
        // What earlier graphs have given back counts for nobody.
        process_release_free_memory()
        try? "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .utf8)
        return peakBytes()
    }

    /// The most memory that the process has had.
    private static func peakBytes() -> Int {
        let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return
            (line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0)
            << 10
    }
}
