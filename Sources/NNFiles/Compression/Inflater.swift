import CZlib

/// Undoes deflate, piece by piece.
final class Inflater {
    /// What stands around the deflated bytes.
    enum Container: Int32 {
        /// gzip's header and check sum.
        case gzip = 31
        /// zlib's header and check sum.
        case zlib = 15
        /// Nothing.
        case none = -15
    }

    /// How a step ended.
    enum Status: Equatable {
        case goesOn
        case ended
        /// Nothing could be done without more input.
        case starved
        /// The text is zlib's own.
        case corrupt(String)
    }

    // zlib keeps the stream's address, so it lives in one place rather than in a variable.
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private var chunk = [UInt8](repeating: 0, count: 1 << 18)
    private var code: Int32

    init(_ container: Container) {
        stream.initialize(to: z_stream())
        code = inflateInit2_(
            stream, container.rawValue, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Begins anew.
    func reset() { code = inflateReset(stream) }

    /// Takes some of the input and returns what could be made of it.
    func step(
        _ input: ArraySlice<UInt8>
    ) -> (consumed: Int, produced: ArraySlice<UInt8>, status: Status) {
        guard code == Z_OK || code == Z_BUF_ERROR else { return (0, [], status) }
        // zlib counts in 32 bits and takes its input through a mutable pointer it never writes to.
        let available = min(input.count, 1 << 30)
        input.withUnsafeBufferPointer { input in
            chunk.withUnsafeMutableBufferPointer { chunk in
                stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                stream.pointee.avail_in = UInt32(available)
                stream.pointee.next_out = chunk.baseAddress
                stream.pointee.avail_out = UInt32(chunk.count)
                code = CZlib.inflate(stream, Z_NO_FLUSH)
            }
        }
        let produced = chunk.count - Int(stream.pointee.avail_out)
        return (available - Int(stream.pointee.avail_in), chunk[..<produced], status)
    }

    private var status: Status {
        switch code {
        case Z_OK: .goesOn
        case Z_STREAM_END: .ended
        case Z_BUF_ERROR: .starved
        default: .corrupt(stream.pointee.msg.map { String(cString: $0) } ?? "zlib error \(code)")
        }
    }
}

extension Inflater {
    /// Deflated bytes that do not hold what they should; the text says what is wrong.
    struct Failure: Error {
        let problem: String
    }

    /// Returns what the input holds, which must be just so many bytes and be all of the input.
    ///
    /// Memory is taken for what comes out, never for what was announced.
    static func inflate(
        _ input: ArraySlice<UInt8>, in container: Container, to count: Int
    ) throws(Failure) -> [UInt8] {
        let inflater = Inflater(container)
        var (rest, output) = (input, [UInt8]())
        while true {
            let (consumed, produced, status) = inflater.step(rest)
            rest = rest.dropFirst(consumed)
            guard produced.count <= count - output.count else {
                throw Failure(problem: "they hold more than the \(count) bytes announced")
            }
            output += produced
            switch status {
            case .goesOn: continue
            case .starved: throw Failure(problem: "they end too early")
            case .corrupt(let message): throw Failure(problem: message)
            case .ended:
                guard rest.isEmpty else { throw Failure(problem: "more bytes follow them") }
                guard output.count == count else {
                    throw Failure(
                        problem: "they hold \(output.count) bytes in place of \(count)")
                }
                return output
            }
        }
    }
}
