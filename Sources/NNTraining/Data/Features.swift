import NNGraph

/// The features of samples in a row: as a collection, single-precision numbers in either form.
///
/// Images stay bytes from the file to the device, where a step makes numbers of its batch alone:
/// that takes a quarter of the memory.
public enum Features: Sendable, Equatable {
    /// The numbers themselves.
    case floats([Float])
    /// Numbers in [0, 1], each as a byte b that stands for b/255: `ElementType.unorm8`.
    case unorm8([UInt8])

    /// What a buffer for them holds.
    package var elementType: ElementType {
        switch self {
        case .floats: .float
        case .unorm8: .unorm8
        }
    }

    /// The numbers at the positions, of which all exist.
    func numbers(_ positions: Range<Int>) -> [Float] {
        switch self {
        case .floats(let values): Array(values[positions])
        case .unorm8(let bytes): bytes[positions].map(ElementType.number)
        }
    }

    /// Fills a buffer of ``elementType``.
    func write(to buffer: any TensorBuffer, on backend: any Backend) throws {
        switch self {
        case .floats(let values): try backend.write(values, to: buffer)
        case .unorm8(let bytes): try backend.write(bytes, to: buffer)
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
        }
    }

    /// The number at a position.
    public subscript(position: Int) -> Float {
        switch self {
        case .floats(let values): values[position]
        case .unorm8(let bytes): ElementType.number(ofUnorm8: bytes[position])
        }
    }
}
