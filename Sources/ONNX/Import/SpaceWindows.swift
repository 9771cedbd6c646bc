import NNGraph
import NNModel

/// The windows of a convolution or a pooling along each axis of space, as a node describes them.
struct SpaceWindows {
    /// The settings that describe windows.
    static let settings = ["auto_pad", "dilations", "kernel_shape", "pads", "strides"]

    /// One axis.
    struct Axis: Equatable {
        var size: Int
        var stride: Int
        var dilation: Int
        var lower: Int
        var upper: Int

        /// The elements from the first to the last place of a window.
        var reach: Int { (size - 1) * dilation + 1 }

        /// The windows over so many elements; nil if there is none.
        ///
        /// Of the last one, if it is only partly there, counts where `roundsUp` unless it begins beyond the elements.
        func count(over extent: Int, roundsUp: Bool = false) -> Int? {
            let free = extent + lower + upper - reach
            guard free >= 0 else { return nil }
            let count = (free + (roundsUp ? stride - 1 : 0)) / stride + 1
            return roundsUp && (count - 1) * stride >= extent + lower ? count - 1 : count
        }
    }

    var axes: [Axis]

    /// Reads the windows of a node over so many elements along each axis, with the sizes that a weight gives.
    init(
        of node: Node, over extents: [Int], kernel: [Int]? = nil, isTransposed: Bool = false
    ) throws(ONNXError) {
        let count = extents.count
        func numbers(
            _ name: String, _ count: Int, atLeast lowest: Int64, default standard: [Int]
        ) throws(ONNXError) -> [Int] {
            guard let given = node.integers(name), node.has(name) else { return standard }
            guard given.count == count, given.allSatisfy({ (lowest...1 << 20).contains($0) }) else {
                throw node.unsupported("has the \(name) \(given.prefix(8))")
            }
            return given.map(Int.init)
        }
        let sizes = try numbers("kernel_shape", count, atLeast: 1, default: kernel ?? [])
        guard sizes.count == count, kernel == nil || sizes == kernel,
            sizes.allSatisfy({ (1...1 << 20).contains($0) })
        else { throw node.unsupported("has windows of the sizes \(sizes.prefix(8))") }
        let ones = Array(repeating: 1, count: count)
        let strides = try numbers("strides", count, atLeast: 1, default: ones)
        let dilations = try numbers("dilations", count, atLeast: 1, default: ones)
        let pads = try numbers(
            "pads", 2 * count, atLeast: 0, default: Array(repeating: 0, count: 2 * count))
        axes = (0..<count).map {
            Axis(
                size: sizes[$0], stride: strides[$0], dilation: dilations[$0], lower: pads[$0],
                upper: pads[count + $0])
        }
        let kind = node.text("auto_pad", default: "NOTSET")
        switch kind {
        case "NOTSET": break
        case "VALID": for place in axes.indices { (axes[place].lower, axes[place].upper) = (0, 0) }
        case "SAME_UPPER", "SAME_LOWER":
            for (place, extent) in extents.enumerated() {
                let axis = axes[place]
                let windows = (extent + axis.stride - 1) / axis.stride
                let needed =
                    isTransposed
                    ? axis.reach - axis.stride : (windows - 1) * axis.stride + axis.reach - extent
                let total = max(0, needed)
                let less = total / 2
                (axes[place].lower, axes[place].upper) =
                    kind == "SAME_UPPER" ? (less, total - less) : (total - less, less)
            }
        default: throw node.unsupported("pads by \(kind.excerpt)")
        }
    }

    var sizes: AxisNumbers { Self.numbers(axes.map(\.size)) }
    var strides: AxisNumbers { Self.numbers(axes.map(\.stride)) }
    var dilations: AxisNumbers { Self.numbers(axes.map(\.dilation)) }
    var lower: AxisNumbers { Self.numbers(axes.map(\.lower)) }

    /// Whether nothing is added.
    var isBare: Bool { axes.allSatisfy { $0.lower == 0 && $0.upper == 0 } }

    /// How far they reach beyond the edges.
    var padding: SpacePadding {
        axes.allSatisfy { $0.lower == $0.upper }
            ? .places(lower) : .sides(lower: lower, upper: Self.numbers(axes.map(\.upper)))
    }

    /// One number where all axes have the same.
    static func numbers(_ numbers: [Int]) -> AxisNumbers {
        AxisNumbers(Set(numbers).count == 1 ? [numbers[0]] : numbers)
    }

    /// Whether windows that reach as far beyond both edges as these beyond the lower one are the same, with the last one
    /// counted if it is only partly there or not; nil if they are not.
    func roundsUp(over extents: [Int], asked: Bool) -> Bool? {
        if axes.allSatisfy({ $0.lower == $0.upper }) { return asked }
        return [false, true].first { roundsUp in
            zip(axes, extents).allSatisfy { axis, extent in
                var even = axis
                even.upper = axis.lower
                let windows = even.count(over: extent, roundsUp: roundsUp)
                return windows != nil && windows == axis.count(over: extent, roundsUp: asked)
            }
        }
    }
}

/// What a graph adds around samples.
struct AxisPadding {
    /// What lies there; nil for one number.
    var mode: PaddingMode?
    var value: Float = 0
    /// The places before and after each axis, the batch included.
    var lower: [Int]
    var upper: [Int]
}
