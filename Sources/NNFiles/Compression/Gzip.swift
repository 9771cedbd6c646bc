/// Reading of gzip data, one member or several behind each other, filled up with zeros or not.
package enum Gzip {
    package static let signature: [UInt8] = [0x1F, 0x8B]

    /// Returns the inflated bytes, at most `limit` of them: a small file can hold gigabytes of zeros.
    package static func inflate(
        _ input: [UInt8], file: String, limit: Int
    ) throws(DataError) -> [UInt8] {
        var stream = stream(of: ByteStream(input, name: file))
        var output: [UInt8] = []
        output.reserveCapacity(min(limit, announcedCount(input)))
        while case let piece = try stream.available(), !piece.isEmpty {
            guard piece.count <= limit - output.count else {
                throw .tooLarge(file: file, limit: limit)
            }
            output += piece
            stream.skip(piece.count)
        }
        return output
    }

    /// The size that the end of the data claims, bounded by what deflate can make of the input.
    private static func announcedCount(_ input: [UInt8]) -> Int {
        let claimed = input.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        let largestRatio = 1032
        return min(claimed, input.count * largestRatio)
    }

    /// The inflated bytes of a stream.
    package static func stream(of input: ByteStream) -> ByteStream {
        var members = Members(input)
        return ByteStream(name: input.name) { () throws(DataError) in try members.next() }
    }

    /// The members, inflated one after the other.
    private struct Members {
        private var input: ByteStream
        private let inflater = Inflater(.gzip)
        /// The number of compressed bytes that have been inflated.
        private var position = 0
        private var isBetweenMembers = false

        init(_ input: ByteStream) { self.input = input }

        /// Returns some more bytes, none at the end.
        mutating func next() throws(DataError) -> [UInt8] {
            while true {
                if isBetweenMembers { try skipZeros() }
                let head = try input.peek(Gzip.signature.count)
                if isBetweenMembers, head.isEmpty { return [] }
                if position == 0 || isBetweenMembers {
                    guard Gzip.signature.starts(with: head) else {
                        throw error(isBetweenMembers ? .trailing : .notGzip)
                    }
                    isBetweenMembers = false
                }
                let (consumed, produced, status) = inflater.step(try input.available())
                input.skip(consumed)
                position += consumed
                switch status {
                case .goesOn: break
                case .ended:
                    isBetweenMembers = true
                    inflater.reset()
                case .starved: throw error(.truncated)
                case .corrupt(let message): throw error(.corrupt(message))
                }
                if !produced.isEmpty { return Array(produced) }
            }
        }

        /// Passes over what tapes and disks fill blocks with, as `gzip -d` does.
        private mutating func skipZeros() throws(DataError) {
            while case let zeros = try input.available().prefix(while: { $0 == 0 }), !zeros.isEmpty
            {
                input.skip(zeros.count)
                position += zeros.count
            }
        }

        private func error(_ problem: DataError.GzipProblem) -> DataError {
            .gzip(file: input.name, position: position, problem)
        }
    }
}
