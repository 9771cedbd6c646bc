import NNFiles
import NNGraph

/// The features of samples in a row: as a collection, single-precision numbers in every form.
///
/// Images stay bytes from the file to the device, where a step makes numbers of its batch alone:
/// that takes a quarter of the memory. Of images that stay in their files, each number by itself costs the reading of its
/// image, and is NaN where that cannot be read.
public enum Features: Sendable, Equatable {
    /// The numbers themselves.
    case floats([Float])
    /// Numbers in [0, 1], each as a byte b that stands for b/255: `ElementType.unorm8`.
    case unorm8([UInt8])
    /// The same bytes in files of images, which are read when somebody wants them.
    case images(ImageFiles)
    /// Whole numbers that are looked up, such as tokens.
    case int32s([Int32])
    /// Sequences of tokens, which are made of their text when somebody wants them.
    case tokens(TokenWindows)

    /// What a buffer for them holds.
    package var elementType: ElementType {
        switch self {
        case .floats: .float
        case .unorm8, .images: .unorm8
        case .int32s, .tokens: .int32
        }
    }

    /// Whether the samples lie in files and not in memory.
    var areInFiles: Bool { if case .images = self { true } else { false } }

    /// Whether a batch of them is made when it is wanted, and never all of them.
    var areMadeByBatch: Bool { if case .tokens = self { true } else { false } }

    /// The numbers at the positions, of which all exist.
    package func numbers(_ positions: Range<Int>) throws(DataError) -> [Float] {
        switch self {
        case .floats(let values): return Array(values[positions])
        case .unorm8(let bytes): return bytes[positions].map(ElementType.number)
        case .int32s(let values): return values[positions].map { Float($0) }
        case .tokens(let windows): return try windows.tokens(at: positions).map { Float($0) }
        case .images(let files):
            guard !positions.isEmpty else { return [] }
            let width = files.form.layout.count
            let samples = positions.lowerBound / width...(positions.upperBound - 1) / width
            let first = positions.lowerBound - samples.lowerBound * width
            return try files.bytes(Array(samples))[first..<first + positions.count].map(
                ElementType.number)
        }
    }

    /// Those of the samples at some positions, `width` numbers each.
    func selecting(_ positions: [Int], width: Int) -> Features {
        func selected<Value>(_ values: [Value]) -> [Value] {
            positions.flatMap { values[$0 * width..<($0 + 1) * width] }
        }
        return switch self {
        case .floats(let values): .floats(selected(values))
        case .unorm8(let bytes): .unorm8(selected(bytes))
        case .images(let files): .images(files.selecting(positions))
        case .int32s(let values): .int32s(selected(values))
        case .tokens(let windows): .tokens(windows.selecting(positions))
        }
    }

    /// Copies the samples at some positions to the front of a memory.
    func copy(_ positions: [Int], width: Int, to memory: HostMemory) throws(DataError) {
        func copied<Value: BitwiseCopyable>(_ values: [Value]) {
            let size = width * MemoryLayout<Value>.stride
            values.withUnsafeBytes { bytes in
                for (place, position) in positions.enumerated() {
                    UnsafeMutableRawBufferPointer(
                        rebasing: memory.bytes[place * size..<(place + 1) * size]
                    ).copyMemory(
                        from: UnsafeRawBufferPointer(
                            rebasing: bytes[position * size..<(position + 1) * size]))
                }
            }
        }
        switch self {
        case .floats(let values): copied(values)
        case .unorm8(let bytes): copied(bytes)
        case .int32s(let values): copied(values)
        case .images(let files): try files.read(positions, into: memory.bytes)
        case .tokens(let windows): try windows.copy(positions, to: memory)
        }
    }

    /// The same as elements that a graph takes; `name` says in the message what they are for.
    ///
    /// - Throws: ``GraphError`` for fractions where whole numbers are wanted.
    func converted(to type: ElementType, _ name: String) throws -> Features {
        switch (self, type) {
        case (.int32s(let values), .float): return .floats(values.map { Float($0) })
        case (.floats(let values), .int32):
            return .int32s(
                try values.map { value in
                    guard let whole = Int32(exactly: value) else {
                        throw GraphError.mismatch(
                            name: name, expected: TensorType([values.count], .int32),
                            found: "the number \(value)")
                    }
                    return whole
                })
        // Far more of them may be in files than in memory.
        case (.images, .float): return self
        case (.tokens, .float): return .floats(try numbers(0..<count))
        default: return try unpacked()
        }
    }

    /// The same with bytes as numbers and sequences as their tokens: what a graph takes that does not gather.
    func unpacked() throws(DataError) -> Features {
        switch self {
        case .unorm8, .images: .floats(try numbers(0..<count))
        case .tokens(let windows): .int32s(try windows.tokens(at: 0..<count))
        case .floats, .int32s: self
        }
    }

    /// Fills a buffer of ``elementType``.
    func write(to buffer: any TensorBuffer, on backend: any Backend) throws {
        switch self {
        case .floats(let values): try backend.write(values, to: buffer)
        case .unorm8(let bytes): try backend.write(bytes, to: buffer)
        case .images(let files):
            try backend.write(files.bytes(Array(files.paths.indices)), to: buffer)
        case .int32s(let values): try backend.write(values, to: buffer)
        case .tokens(let windows):
            try backend.write(windows.tokens(at: 0..<windows.count), to: buffer)
        }
    }
}

extension Features: RandomAccessCollection {
    /// The position of the first number, 0.
    public var startIndex: Int { 0 }

    /// The position after the last number, their count.
    public var endIndex: Int {
        switch self {
        case .floats(let values): values.count
        case .unorm8(let bytes): bytes.count
        case .images(let files): files.byteCount
        case .int32s(let values): values.count
        case .tokens(let windows): windows.count
        }
    }

    /// The number at a position.
    public subscript(position: Int) -> Float {
        switch self {
        case .floats(let values): values[position]
        case .unorm8(let bytes): ElementType.number(ofUnorm8: bytes[position])
        case .images, .tokens: (try? numbers(position..<position + 1))?.first ?? .nan
        case .int32s(let values): Float(values[position])
        }
    }
}
