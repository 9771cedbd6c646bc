import NNGraph
import TestSupport

/// The elements of a leaf or of a result.
enum Values: Sendable, Equatable {
    case floats([Float])
    case int32s([Int32])
    case unorm8s([UInt8])

    /// The elements with a distinction between NaNs and signs of zero.
    var bits: [UInt32] {
        switch self {
        case .floats(let values): values.map(\.bitPattern)
        case .int32s(let values): values.map { UInt32(bitPattern: $0) }
        case .unorm8s(let bytes): bytes.map { UInt32($0) }
        }
    }
}

/// A leaf of a test graph: its type and how its elements are made.
struct Leaf: Sendable {
    let type: TensorType
    let make: @Sendable (inout Randomness) -> Values

    /// Real numbers of both signs around 1, none nearer to 0 than 0.25.
    static func real(_ shape: Shape) -> Leaf {
        floats(shape) { $0.real(0.25, 2) * ($0.bool() ? 1 : -1) }
    }

    /// Real numbers of an interval.
    static func real(_ shape: Shape, _ low: Double, _ high: Double) -> Leaf {
        floats(shape) { $0.real(low, high) }
    }

    /// Whole numbers as floats, so that sums of them are exact in every order.
    static func whole(_ shape: Shape, _ range: ClosedRange<Int>) -> Leaf {
        floats(shape) { Double($0.integer(range)) }
    }

    /// int32 numbers.
    static func integers(_ shape: Shape, _ range: ClosedRange<Int>) -> Leaf {
        Leaf(type: TensorType(shape, .int32)) { random in
            .int32s((0..<shape.count).map { _ in Int32(random.integer(range)) })
        }
    }

    /// Bytes that stand for numbers in [0, 1]: all there are, in turn.
    static func unorm8(_ shape: Shape) -> Leaf {
        Leaf(type: TensorType(shape, .unorm8)) { _ in
            .unorm8s((0..<shape.count).map { UInt8(truncatingIfNeeded: $0) })
        }
    }

    /// Numbers written out.
    static func given(_ values: [Float], _ shape: Shape? = nil) -> Leaf {
        Leaf(type: TensorType(shape ?? [values.count])) { _ in .floats(values) }
    }

    /// int32 numbers written out.
    static func given(int32s values: [Int32], _ shape: Shape? = nil) -> Leaf {
        Leaf(type: TensorType(shape ?? [values.count], .int32)) { _ in .int32s(values) }
    }

    private static func floats(
        _ shape: Shape, _ element: @escaping @Sendable (inout Randomness) -> Double
    ) -> Leaf {
        Leaf(type: TensorType(shape)) { random in
            .floats((0..<shape.count).map { _ in Float(element(&random)) })
        }
    }
}

extension Backend {
    /// Replaces the contents of a buffer.
    func write(_ values: Values, to buffer: any TensorBuffer) throws {
        switch values {
        case .floats(let values): try write(values, to: buffer)
        case .int32s(let values): try write(values, to: buffer)
        case .unorm8s(let bytes): try write(bytes, to: buffer)
        }
    }

    /// The contents of a buffer in single precision.
    func values(of buffer: any TensorBuffer) throws -> Values {
        buffer.type.elementType == .float
            ? .floats(try readFloats(buffer)) : .int32s(try readInt32s(buffer))
    }
}
