import NNGraph

/// The elements of a strided view in row-major order of its shape.
func strided<Scalar>(
    _ source: Contents<Scalar>, _ shape: Shape, _ strides: [Int], _ offset: Int = 0
) -> Contents<Scalar> {
    switch source {
    case .floats(let values): .floats(strided(values, shape, strides, offset))
    case .int32s(let values): .int32s(strided(values, shape, strides, offset))
    }
}

func strided<Element>(
    _ source: [Element], _ shape: Shape, _ strides: [Int], _ offset: Int
) -> [Element] {
    var result: [Element] = []
    result.reserveCapacity(shape.count)
    var position = [Int](repeating: 0, count: shape.rank)
    var index = offset
    for _ in 0..<shape.count {
        result.append(source[index])
        for axis in position.indices.reversed() {
            position[axis] += 1
            index += strides[axis]
            if position[axis] < shape[axis] { break }
            index -= shape[axis] * strides[axis]
            position[axis] = 0
        }
    }
    return result
}

func concatenate<Scalar>(
    _ operands: [Contents<Scalar>], _ shapes: [Shape], _ axis: Int, _ elementType: ElementType
) -> Contents<Scalar> {
    func joined<Element>(_ parts: [[Element]]) -> [Element] {
        let outer = shapes[0].dimensions.prefix(axis).reduce(1, *)
        let lengths = shapes.map { $0.count / outer }
        return (0..<outer).flatMap { row in
            parts.indices.flatMap { parts[$0][row * lengths[$0]..<(row + 1) * lengths[$0]] }
        }
    }
    return elementType == .float
        ? .floats(joined(operands.map(\.floats))) : .int32s(joined(operands.map(\.int32s)))
}

/// The elements from `lower` on in a larger shape, and a value everywhere else.
func padded<Scalar>(
    _ x: [Scalar], _ shape: Shape, _ lower: [Int], _ whole: Shape, _ value: Scalar
) -> [Scalar] {
    var result = [Scalar](repeating: value, count: whole.count)
    let strides = whole.rowMajorStrides
    let first = zip(lower, strides).map { $0 * $1 }.reduce(0, +)
    let places = strided(Array(first..<whole.count), shape, strides, 0)
    for (element, place) in zip(x, places) { result[place] = element }
    return result
}

/// Sums of the places of windows, which lie along an axis and the next one, in one axis of an extent.
func folded<Scalar: ReferenceScalar>(
    _ x: [Scalar], _ shape: Shape, _ axis: Int, _ extent: Int, _ windows: Windows
) -> [Scalar] {
    let outer = shape.dimensions.prefix(axis).reduce(1, *)
    let inner = shape.dimensions.dropFirst(axis + 2).reduce(1, *)
    var senders = [[Int]](repeating: [], count: extent)
    for window in 0..<windows.count {
        for place in 0..<windows.size {
            let element = windows.start + window * windows.stride + place * windows.dilation
            senders[element].append(window * windows.size + place)
        }
    }
    return (0..<outer * extent * inner).map { element in
        let (row, column) = (element / inner / extent, element % inner)
        let from = senders[element / inner % extent]
        let first = row * windows.count * windows.size
        return Scalar.sum(from.count) { x[(first + from[$0]) * inner + column] }
    }
}
