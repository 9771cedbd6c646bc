import Foundation
import NNGPU

/// Where predictions go: to standard output as they come, or to a file that appears when it is whole.
struct PredictionDestination {
    private let writer: AtomicFileWriter?

    /// Begins a file, or uses standard output if no path is given.
    init(_ path: String?) throws {
        writer = try path.map { try AtomicFileWriter(URL(fileURLWithPath: $0)) }
    }

    func append(_ bytes: [UInt8]) throws {
        if let writer { return try writer.append(bytes) }
        try StandardStream.writeResult(bytes)
    }

    /// Puts the file in its place, with its first bytes replaced.
    func finish(_ beginning: [UInt8]) throws {
        guard let writer else { return }
        try writer.replaceBeginning(by: beginning)
        try writer.commit()
    }
}
