// What is made of windows: axes of space are the last ones, after those of the batch and of the channels.

/// How the windows of a convolution or of a pooling go along one axis of space.
public struct WindowAxis: Hashable, Sendable {
    /// The places of a window.
    public var size: Int
    /// The distance from one window to the next.
    public var stride: Int
    /// The places added before the first element and after the last.
    public var padding: (lower: Int, upper: Int)
    /// The distance from one place of a window to the next.
    public var dilation: Int

    /// Describes an axis.
    public init(
        size: Int, stride: Int = 1, padding: (lower: Int, upper: Int) = (0, 0), dilation: Int = 1
    ) {
        self.size = size
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
    }

    /// The elements from the first to the last place of a window.
    public var reach: Int { (size - 1) * dilation + 1 }

    /// Whether two axes are alike.
    public static func == (a: WindowAxis, b: WindowAxis) -> Bool {
        (a.size, a.stride, a.dilation) == (b.size, b.stride, b.dilation) && a.padding == b.padding
    }

    /// Adds what makes two axes alike.
    public func hash(into hasher: inout Hasher) {
        for number in [size, stride, padding.lower, padding.upper, dilation] {
            hasher.combine(number)
        }
    }
}

extension Tensor {
    /// An axis as its windows, in two axes: as many as fit, and the places of each.
    public func windows(
        axis: Int, size: Int, stride: Int = 1, dilation: Int = 1
    ) throws -> Tensor {
        let place = shape.place(ofAxis: axis)
        guard shape.dimensions.indices.contains(place),
            let windows = Windows(
                over: shape[place], size: size, stride: stride, dilation: dilation)
        else {
            throw misuse(
                "windows",
                "axis \(axis) of \(shape) has no windows of \(size) places, \(dilation) apart, every \(stride)"
            )
        }
        guard windows.divide else { return try Tensor(.windows(axis: place, windows), [self]) }
        // Neither strides nor sums are needed for parts that follow each other.
        var dimensions = shape.dimensions
        dimensions.replaceSubrange(place...place, with: [windows.count, windows.size])
        return try slice(0..<windows.count * windows.size, axis: place).reshape(Shape(dimensions))
    }

    /// Windows of all axes of space of a tensor [batch …, space …, channels]: [batch …, windows …, places …, channels].
    fileprivate func spaceWindows(_ axes: [WindowAxis], paddedWith value: Double) throws -> Tensor {
        let count = axes.count, first = shape.rank - 1 - count
        let batch = Array(0..<first)
        let padding = batch.map { _ in (0, 0) } + axes.map(\.padding) + [(0, 0)]
        var result = try padded(
            lower: padding.map(\.0), upper: padding.map(\.1), value: value)
        for (place, axis) in axes.enumerated() {
            result = try result.windows(
                axis: first + 2 * place, size: axis.size, stride: axis.stride,
                dilation: axis.dilation)
        }
        return try result.transpose(
            batch + (0..<count).map { first + 2 * $0 } + (0..<count).map { first + 1 + 2 * $0 }
                + [first + 2 * count])
    }

    /// The tensor with its second axis as the last one: [batch, space …, channels].
    fileprivate func channelsLast() throws -> Tensor {
        try transpose([0] + Array(2..<shape.rank) + [1])
    }

    /// The tensor with its last axis as the second one: [batch, channels, space …].
    fileprivate func channelsSecond() throws -> Tensor {
        try transpose([0, shape.rank - 1] + Array(1..<shape.rank - 1))
    }

    /// What each place of a window is in all windows: tensors [batch, channels, windows …], places in row-major order.
    private func places(_ axes: [WindowAxis], paddedWith value: Double) throws -> [Tensor] {
        let all = try channelsLast().spaceWindows(axes, paddedWith: value)
        let count = axes.count
        var slices = [all]
        for axis in 0..<count {
            slices = try slices.flatMap { slice in
                try (0..<axes[axis].size).map {
                    try slice.slice($0..<$0 + 1, axis: 1 + count + axis)
                }
            }
        }
        let shape = Shape(Array(all.shape.dimensions[...count]) + [all.shape[all.shape.rank - 1]])
        return try slices.map { try $0.reshape(shape).channelsSecond() }
    }

    /// The largest element of each window of x [batch, channels, space …]: [batch, channels, windows …].
    ///
    /// What is added around x counts for nothing. The gradient goes to the first of several largest elements, in
    /// row-major order; NaN is larger than any number, and the last one counts, as in PyTorch.
    public func maxPool(_ axes: [WindowAxis]) throws -> Tensor {
        try told(as: "maxPool", [self]) {
            try check(axes, "maxPool")
            let places = try places(axes, paddedWith: -.infinity)
            return try places.dropFirst().reduce(places[0]) { largest, x in
                // Nothing but NaN differs from itself.
                let orNaN = try select(compare(x, .equal, x), largest, x)
                return try select(compare(x, .greater, largest), x, orNaN)
            }
        }
    }

    /// The mean of each window of x [batch, channels, space …]: [batch, channels, windows …].
    ///
    /// - Parameters:
    ///   - axes: The windows along each axis of space.
    ///   - counted: For each axis, the zeros on either side that count as elements; nil for all that are added.
    /// - Returns: The means.
    /// - Throws: ``GraphError`` for windows that do not fit.
    public func averagePool(_ axes: [WindowAxis], counting counted: [Int]? = nil) throws -> Tensor {
        try told(as: "averagePool", [self]) {
            try check(axes, "averagePool")
            let places = try places(axes, paddedWith: 0)
            var result = try places.dropFirst().reduce(places[0]) { try $0 + $1 }
            for (place, axis) in axes.enumerated() {
                let extent = shape[2 + place]
                let lower = counted?[place] ?? axis.padding.lower
                let upper = counted?[place] ?? axis.padding.upper
                let counts = (0..<result.shape[2 + place]).map { window in
                    let first = window * axis.stride - axis.padding.lower
                    return (0..<axis.size).count {
                        (-lower..<extent + upper).contains(first + $0 * axis.dilation)
                    }
                }
                let ones = Array(repeating: 1, count: axes.count - 1 - place)
                result =
                    Set(counts).count == 1
                    ? try result / Double(counts[0])
                    : try result
                        / .constant(counts.map { Double($0) }, Shape([counts.count] + ones))
            }
            return result
        }
    }

    private func check(_ axes: [WindowAxis], _ function: String) throws {
        guard !axes.isEmpty, shape.rank == axes.count + 2 else {
            throw misuse(
                function,
                "windows of \(axes.count) axes go over [batch, channels] and as many axes, not \(shape)"
            )
        }
    }
}

/// The convolution (as everywhere in this field, a cross-correlation) of x [batch, channels, space …] with a weight
/// [outputs, channels / groups, places …]: [batch, outputs, windows …].
///
/// - Parameters:
///   - x: What windows are taken of.
///   - weight: What each window is multiplied with. The sizes in `axes` are its last axes.
///   - axes: The windows along each axis of space; zeros are added around x.
///   - groups: The groups that channels and outputs fall into, each of which is convolved by itself.
/// - Returns: The products.
/// - Throws: ``GraphError`` for shapes that do not fit each other.
public func convolution(
    _ x: Tensor, _ weight: Tensor, _ axes: [WindowAxis], groups: Int = 1
) throws -> Tensor {
    try told(as: "convolution", [x, weight]) {
        let count = axes.count
        guard count >= 1, x.shape.rank == count + 2, weight.shape.rank == count + 2,
            Array(weight.shape.dimensions.dropFirst(2)) == axes.map(\.size)
        else {
            throw x.misuse(
                "convolution",
                "\(x.shape) and a weight \(weight.shape) are not [batch, channels] and [outputs, channels] with \(count) axes of space"
            )
        }
        let (channels, outputs) = (x.shape[1], weight.shape[0])
        guard groups >= 1, channels.isMultiple(of: groups), outputs.isMultiple(of: groups),
            weight.shape[1] == channels / groups
        else {
            throw x.misuse(
                "convolution",
                "a weight \(weight.shape) in \(groups) groups does not fit \(channels) channels")
        }
        let sides = Operation.ProductAxes(rows: 1 + count, inner: 1 + count, columns: 1)
        let (last, lastWeight) = (try x.channelsLast(), try weight.channelsLast())
        guard groups > 1 else {
            return try Tensor(
                .matmul(transposeA: false, transposeB: true, axes: sides),
                [last.spaceWindows(axes, paddedWith: 0), lastWeight]
            ).channelsSecond()
        }
        // Groups are a batch of products, and divided before windows are taken: [groups, …, channels / groups].
        let place = last.shape.rank - 1
        let divided = try last.reshape(
            Shape(last.shape.dimensions.dropLast() + [groups, channels / groups])
        ).transpose([place] + Array(0..<place) + [place + 1]).spaceWindows(axes, paddedWith: 0)
        let weights = try lastWeight.reshape(
            Shape([groups, outputs / groups] + lastWeight.shape.dimensions.dropFirst()))
        let product = try Tensor(
            .matmul(transposeA: false, transposeB: true, axes: sides), [divided, weights])
        // [groups, batch, windows …, outputs / groups]
        let rank = product.shape.rank
        let joined = try product.transpose([1, 0, rank - 1] + Array(2..<rank - 1))
        return try joined.reshape(
            Shape([x.shape[0], outputs] + joined.shape.dimensions.dropFirst(3)))
    }
}

/// The adjoint of ``convolution(_:_:_:groups:)`` with the same windows: x [batch, channels, windows …] and a weight
/// [channels, outputs / groups, places …] give [batch, outputs, space …], of which `extents` are the sizes of space.
///
/// - Parameters:
///   - x: What is put into windows.
///   - weight: What each element of x is multiplied with.
///   - axes: The windows along each axis of space; what lies in their padding is left out.
///   - extents: The size of each axis of space.
///   - groups: The groups that channels and outputs fall into.
/// - Returns: The sums of all windows.
/// - Throws: ``GraphError`` for shapes that do not fit each other.
public func transposedConvolution(
    _ x: Tensor, _ weight: Tensor, _ axes: [WindowAxis], extents: [Int], groups: Int = 1
) throws -> Tensor {
    try told(as: "transposedConvolution", [x, weight]) {
        let count = axes.count
        guard count >= 1, x.shape.rank == count + 2, weight.shape.rank == count + 2,
            extents.count == count, Array(weight.shape.dimensions.dropFirst(2)) == axes.map(\.size),
            weight.shape[0] == x.shape[1], groups >= 1, x.shape[1].isMultiple(of: groups)
        else {
            throw x.misuse(
                "transposedConvolution",
                "\(x.shape) and a weight \(weight.shape) are not [batch, channels] and [channels, outputs] with \(count) axes of space, in \(groups) groups"
            )
        }
        // One product for each group, whose outputs follow each other.
        let share = x.shape[1] / groups
        let parts = try (0..<groups).map { group in
            let channels = group * share..<(group + 1) * share
            return try grown(
                groups == 1 ? x : x.slice(channels, axis: 1),
                groups == 1 ? weight : weight.slice(channels), axes, extents)
        }
        return parts.count == 1 ? parts[0] : try concatenate(parts, axis: 1)
    }
}

/// The transposed convolution of one group.
private func grown(
    _ x: Tensor, _ weight: Tensor, _ axes: [WindowAxis], _ extents: [Int]
) throws -> Tensor {
    let count = axes.count
    let sides = Operation.ProductAxes(rows: 1 + count, inner: 1, columns: 1 + count)
    // [batch, windows …, places …, outputs]
    var result = try Tensor(
        .matmul(transposeA: false, transposeB: false, axes: sides),
        [x.channelsLast(), weight.channelsLast()])
    result = try result.transpose(
        [0] + (0..<count).flatMap { [1 + $0, 1 + count + $0] } + [1 + 2 * count])
    var (lower, upper) = ([0], [x.shape[0]])
    for (place, axis) in axes.enumerated().reversed() {
        let windows = Windows(
            count: x.shape[2 + place], stride: axis.stride, size: axis.size,
            dilation: axis.dilation)
        let whole = extents[place] + axis.padding.lower + axis.padding.upper
        result = try Tensor(.fold(axis: 1 + 2 * place, extent: whole, windows), [result])
        lower.insert(axis.padding.lower, at: 1)
        upper.insert(axis.padding.lower + extents[place], at: 1)
    }
    let channels = result.shape.dimensions.suffix(1)
    return try Tensor(.slice(lower: lower + [0], upper: upper + channels), [result])
        .channelsSecond()
}
