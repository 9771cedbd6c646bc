/// A first look at a file's bytes that bounds what decoding them can allocate.
///
/// In the wire format (https://protobuf.dev/programming-guides/encoding) an empty message takes two bytes
/// and an integer one, and hundreds and eight once decoded. A model has few of them beside its weights, so
/// their number is counted before anything is decoded. Weights take as much room decoded as encoded, or four times
/// as much as packed integers of 32 bits.
struct WireScan {
    /// The most messages, texts and integers together: with at most some hundred bytes each, a bound of
    /// a few hundred megabytes besides copies of the file itself.
    static let maximumPartCount = 1 << 20

    private let bytes: UnsafeRawBufferPointer
    private var partCount = 0

    /// Checks a whole file.
    static func check(_ content: [UInt8]) throws(ONNXError) {
        let problem = content.withUnsafeBytes { bytes -> ONNXError? in
            var scan = WireScan(bytes: bytes)
            do throws(ONNXError) {
                try scan.read(.model, in: 0..<bytes.count)
                return nil
            } catch {
                return error
            }
        }
        if let problem { throw problem }
    }

    private init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    private mutating func read(_ message: Message, in range: Range<Int>) throws(ONNXError) {
        var place = range.lowerBound
        while place < range.upperBound {
            let key = try integer(at: &place, before: range.upperBound)
            let field = Int(truncatingIfNeeded: key >> 3)
            switch key & 7 {
            case 0:
                try count(1)
                _ = try integer(at: &place, before: range.upperBound)
            case 1: place += 8
            case 5: place += 4
            case 2:
                let length = try integer(at: &place, before: range.upperBound)
                guard length <= UInt64(range.upperBound - place) else {
                    throw ONNXError(.malformed)
                }
                let end = place + Int(length)
                try count(1)
                switch message.content(of: field) {
                case .message(let part): try read(part, in: place..<end)
                case .integers: try count(end - place)
                case .other: break
                }
                place = end
            // Groups, which the format does not have, and numbers that mean nothing.
            default: throw ONNXError(.malformed)
            }
            guard place <= range.upperBound else { throw ONNXError(.malformed) }
        }
    }

    private mutating func count(_ parts: Int) throws(ONNXError) {
        partCount += parts
        guard partCount <= Self.maximumPartCount else { throw ONNXError(.tooManyParts) }
    }

    /// An integer of seven bits a byte, lowest first.
    private func integer(at place: inout Int, before end: Int) throws(ONNXError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: 0, to: 64, by: 7) {
            guard place < end else { break }
            let byte = bytes[place]
            place += 1
            value |= UInt64(byte & 0x7F) << UInt64(shift)
            if byte < 0x80 { return value }
        }
        throw ONNXError(.malformed)
    }
}

extension WireScan {
    /// The messages of `onnx.proto`.
    private enum Message {
        case model, graph, node, attribute, tensor, value, type, tensorType, shape, leaf

        enum Content {
            case message(Message)
            /// Integers one after the other, of a byte at least.
            case integers
            /// Text, or numbers of fixed size.
            case other
        }

        /// What a field with a length holds; one that is not decoded is none of these messages.
        func content(of field: Int) -> Content {
            switch (self, field) {
            case (.model, 7): .message(.graph)
            case (.model, 8), (.model, 14), (.tensor, 13), (.shape, 1): .message(.leaf)
            case (.graph, 1): .message(.node)
            case (.graph, 5), (.attribute, 5): .message(.tensor)
            case (.graph, 11), (.graph, 12): .message(.value)
            case (.node, 5): .message(.attribute)
            case (.value, 2): .message(.type)
            case (.type, 1): .message(.tensorType)
            case (.tensorType, 2): .message(.shape)
            case (.attribute, 8), (.tensor, 1), (.tensor, 7): .integers
            default: .other
            }
        }
    }
}
