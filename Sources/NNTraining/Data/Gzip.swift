import CZlib

/// Reading of gzip data, one member or several behind each other.
enum Gzip {
    /// Returns the inflated bytes, at most `limit` of them: a small file can hold gigabytes of zeros.
    static func inflate(_ input: [UInt8], file: String, limit: Int) throws(DataError) -> [UInt8] {
        // zlib keeps the stream's address, so it lives in one place rather than in a variable.
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        defer { stream.deallocate() }
        let gzipWithLargestWindow: Int32 = 16 + MAX_WBITS
        var status = inflateInit2_(
            stream, gzipWithLargestWindow, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        defer { inflateEnd(stream) }

        var output: [UInt8] = []
        output.reserveCapacity(min(limit, announcedCount(input)))
        var chunk = [UInt8](repeating: 0, count: 1 << 18)
        var position = 0
        var memberStart = 0
        while status == Z_OK {
            let (consumed, produced) = step(
                stream, from: input, at: position, into: &chunk, status: &status)
            position += consumed
            guard output.count + produced <= limit else {
                throw .tooLarge(file: file, limit: limit)
            }
            output.append(contentsOf: chunk[..<produced])
            if status == Z_STREAM_END, position < input.count {
                memberStart = position
                status = inflateReset(stream)
            }
        }
        guard status != Z_STREAM_END else { return output }
        let signature: [UInt8] = [0x1F, 0x8B]
        guard signature.starts(with: input[memberStart...].prefix(2)) else {
            throw .gzip(file: file, position: memberStart, .notGzip)
        }
        // zlib asks for more input than there is.
        guard status != Z_BUF_ERROR else { throw .gzip(file: file, position: position, .truncated) }
        let message = stream.pointee.msg.map { String(cString: $0) } ?? "zlib error \(status)"
        throw .gzip(file: file, position: position, .corrupt(message))
    }

    /// The size that the end of the data claims, bounded by what deflate can make of the input.
    private static func announcedCount(_ input: [UInt8]) -> Int {
        let claimed = input.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        let largestRatio = 1032
        return min(claimed, input.count * largestRatio)
    }

    private static func step(
        _ stream: UnsafeMutablePointer<z_stream>, from input: [UInt8], at position: Int,
        into chunk: inout [UInt8], status: inout Int32
    ) -> (consumed: Int, produced: Int) {
        // zlib counts in 32 bits and takes its input through a mutable pointer it never writes to.
        let available = min(input.count - position, 1 << 30)
        input.withUnsafeBufferPointer { input in
            chunk.withUnsafeMutableBufferPointer { chunk in
                stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                    .map { $0 + position }
                stream.pointee.avail_in = UInt32(available)
                stream.pointee.next_out = chunk.baseAddress
                stream.pointee.avail_out = UInt32(chunk.count)
                status = CZlib.inflate(stream, Z_NO_FLUSH)
            }
        }
        return (
            available - Int(stream.pointee.avail_in), chunk.count - Int(stream.pointee.avail_out)
        )
    }
}
