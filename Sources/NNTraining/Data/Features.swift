import NNGraph

/// The features of samples in a row: as a collection, single-precision numbers in every form.
///
/// Images stay bytes from the file to the device, where a step makes numbers of its batch alone:
/// that takes a quarter of the memory.
public enum Features: Sendable, Equatable {
    /// The numbers themselves.
    case floats([Float])
    /// Numbers in [0, 1], each as a byte b that stands for b/255: `ElementType.unorm8`.
    case unorm8([UInt8])
    /// Whole numbers that are looked up, such as tokens.
    case int32s([Int32])

    /// What a buffer for them holds.
    package var elementType: ElementType {
        switch self {
        case .floats: .float
        case .unorm8: .unorm8
        case .int32s: .int32
        }
    }

    /// The numbers at the positions, of which all exist.
    func numbers(_ positions: Range<Int>) -> [Float] {
        switch self {
        case .floats(let values): Array(values[positions])
        case .unorm8(let bytes): bytes[positions].map(ElementType.number)
        case .int32s(let values): values[positions].map { Float($0) }
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
        case .int32s(let values): .int32s(selected(values))
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
        default: return unpacked
        }
    }

    /// The same with bytes as numbers: what a graph takes that does not gather.
    var unpacked: Features {
        if case .unorm8 = self { .floats(Array(self)) } else { self }
    }

    /// Fills a buffer of ``elementType``.
    func write(to buffer: any TensorBuffer, on backend: any Backend) throws {
        switch self {
        case .floats(let values): try backend.write(values, to: buffer)
        case .unorm8(let bytes): try backend.write(bytes, to: buffer)
        case .int32s(let values): try backend.write(values, to: buffer)
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
        case .int32s(let values): values.count
        }
    }

    /// The number at a position.
    public subscript(position: Int) -> Float {
        switch self {
        case .floats(let values): values[position]
        case .unorm8(let bytes): ElementType.number(ofUnorm8: bytes[position])
        case .int32s(let values): Float(values[position])
        }
    }
}
