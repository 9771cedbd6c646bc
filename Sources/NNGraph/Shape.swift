/// The dimensions of a tensor, outermost first; a scalar has none.
public struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
    /// The extent of each axis.
    public let dimensions: [Int]

    /// Creates a shape from the extents of its axes.
    public init(_ dimensions: [Int]) {
        self.dimensions = dimensions
    }

    /// Creates a shape from the extents of its axes.
    public init(arrayLiteral dimensions: Int...) {
        self.init(dimensions)
    }

    /// The shape of a single number.
    public static let scalar: Shape = []

    /// The number of axes.
    public var rank: Int { dimensions.count }

    /// The number of elements.
    public var count: Int { dimensions.reduce(1, *) }

    /// The most elements that a tensor may have: more than any memory has bytes, and few enough that
    /// sizes and places in bytes can be computed of them.
    public static let maximumCount = 1 << 48

    /// Whether no product of extents is above ``maximumCount``, or beyond `Int`.
    package var isCountable: Bool {
        var count = 1
        for extent in dimensions {
            let (product, overflow) = count.multipliedReportingOverflow(by: extent)
            guard !overflow, product <= Self.maximumCount else { return false }
            count = product
        }
        return true
    }

    /// The distance in elements between neighbors along each axis in row-major order.
    public var rowMajorStrides: [Int] {
        var strides = [Int](repeating: 1, count: rank)
        for axis in dimensions.indices.dropLast().reversed() {
            strides[axis] = strides[axis + 1] * dimensions[axis + 1]
        }
        return strides
    }

    /// The extent of one axis.
    public subscript(axis: Int) -> Int { dimensions[axis] }

    /// The shape as people write it, such as `[128, 10]`.
    public var description: String {
        "[" + dimensions.map(String.init).joined(separator: ", ") + "]"
    }

    /// The shape that both shapes broadcast to under NumPy's rules, or nil if there is none.
    ///
    /// Axes are aligned at the end; an axis of extent 1 stretches to the other's extent.
    public static func broadcast(_ a: Shape, _ b: Shape) -> Shape? {
        let rank = max(a.rank, b.rank)
        let left = Array(repeating: 1, count: rank - a.rank) + a.dimensions
        let right = Array(repeating: 1, count: rank - b.rank) + b.dimensions
        guard zip(left, right).allSatisfy({ $0 == $1 || $0 == 1 || $1 == 1 }) else { return nil }
        return Shape(zip(left, right).map { $0 == 1 ? $1 : $0 })
    }

    /// The shape without the given axes.
    public func removing(_ axes: [Int]) -> Shape {
        Shape(dimensions.indices.filter { !axes.contains($0) }.map { dimensions[$0] })
    }

    /// The shape with the given axes reduced to extent 1.
    public func keeping(_ axes: [Int]) -> Shape {
        Shape(dimensions.indices.map { axes.contains($0) ? 1 : dimensions[$0] })
    }
}

/// What the elements of a tensor are.
public enum ElementType: String, Hashable, Sendable {
    /// A real number: 32 bits on a device, the chosen precision on the reference.
    case float
    /// A 32-bit signed integer: class labels, row indices, step counters.
    case int32
    /// A number in [0, 1] kept as one byte, the form of pixels; read by `gather` alone, as floats.
    ///
    /// Graphics calls this a normalized unsigned integer: `CL_UNORM_INT8` in OpenCL.
    case unorm8

    /// The size of an element on a device, in bytes.
    public var byteCount: Int {
        switch self {
        case .float, .int32: 4
        case .unorm8: 1
        }
    }

    /// The number that a byte of a `unorm8` tensor stands for: b/255, rounded to single precision.
    public static func number(ofUnorm8 byte: UInt8) -> Float { Float(byte) / 255 }
}

/// The shape of a tensor together with what its elements are.
public struct TensorType: Hashable, Sendable, CustomStringConvertible {
    /// The dimensions.
    public let shape: Shape
    /// What the elements are.
    public let elementType: ElementType

    /// Creates the type of a tensor.
    public init(_ shape: Shape, _ elementType: ElementType = .float) {
        self.shape = shape
        self.elementType = elementType
    }

    /// The type as people write it, such as `float [128, 10]`.
    public var description: String { "\(elementType.rawValue) \(shape)" }
}
