import NNGraph

extension ConformanceCase {
    /// Padding, windows, their adjoint, and what is made of them.
    static let windows: [ConformanceCase] =
        paddings + views + convolutions + squares + poolings + windowGradients

    // MARK: - Movements

    private static let paddings: [ConformanceCase] = [
        padded("in front", [7], [2], [0]), padded("behind", [7], [0], [3]),
        padded("of a matrix", [5, 3], [1, 2], [3, 0]),
        padded("of rows", [5, 33], [2, 0], [1, 0]),
        padded("of columns", [5, 33], [0, 1], [0, 1]),
        padded("of space", [2, 5, 7, 3], [0, 1, 2, 0], [0, 1, 1, 0]),
        padded("of every second axis", [2, 3, 2, 3, 2], [1, 0, 1, 0, 1], [0, 0, 2, 0, 0]),
        padded("with a value", [4, 5], [1, 1], [1, 1], -.infinity),
        ConformanceCase("pad something computed", [.real([2, 4, 5, 3])]) {
            try tanh($0[0]).padded(lower: [0, 1, 1, 0], upper: [0, 1, 1, 0])
        },
        ConformanceCase("pad something that is read as well", [.real([4, 5])]) {
            let y = try tanh($0[0])
            return try concatenate([y.padded(lower: [1, 0], upper: [0, 0]), y])
        },
        ConformanceCase("pad a padded product", [.real([4, 5]), .real([5, 6])]) {
            try matmul($0[0], $0[1]).padded(lower: [1, 1], upper: [1, 1]).padded(
                lower: [0, 2], upper: [3, 0], value: 1)
        },
        ConformanceCase("parts of columns that are computed", [.real([5, 9]), .real([5, 17])]) {
            try concatenate([tanh($0[0]), exp($0[1])], axis: 1)
        },
    ]

    private static func padded(
        _ name: String, _ shape: Shape, _ lower: [Int], _ upper: [Int], _ value: Double = 0
    ) -> ConformanceCase {
        ConformanceCase(
            "pad \(name)", [.real(shape)], .exact, differentiated: value == 0 ? [0] : []
        ) {
            try $0[0].padded(lower: lower, upper: upper, value: value)
        }
    }

    private static let views: [ConformanceCase] =
        [
            (Windows(count: 5, size: 3), [7], 0), (Windows(count: 3, stride: 2, size: 3), [8], 0),
            (Windows(count: 2, size: 3, dilation: 2), [6], 0),
            (Windows(start: 1, count: 3, stride: 3, size: 1), [9], 0),
            (Windows(start: 6, count: 7, stride: -1, size: 1), [7], 0),
            (Windows(start: 2, count: 5, size: 3, dilation: -1), [7], 0),
            (Windows(count: 3, stride: 2, size: 2), [2, 6, 5], 1),
            (Windows(count: 4, size: 2), [3, 5, 33], 1), (Windows(count: 4, size: 2), [3, 5], 1),
            (Windows(count: 1, size: 5), [2, 5, 3], 1),
        ].flatMap { (windows: Windows, shape: Shape, axis: Int) in
            let name = "axis \(axis) of \(shape), \(windows)"
            var folded = shape.dimensions
            folded.replaceSubrange(axis...axis, with: [windows.count, windows.size])
            return [
                ConformanceCase("windows of \(name)", [.real(shape)], .exact, differentiated: [0]) {
                    try Tensor(.windows(axis: axis, windows), [$0[0]])
                },
                ConformanceCase("fold into \(name)", [.real(Shape(folded))], differentiated: [0]) {
                    try Tensor(.fold(axis: axis, extent: shape[axis], windows), [$0[0]])
                },
                ConformanceCase("sums of windows of \(name)", [.real(shape)]) {
                    try Tensor(.windows(axis: axis, windows), [$0[0]]).sum([axis + 1])
                },
            ]
        }

    // MARK: - Convolutions

    private static let convolutions: [ConformanceCase] = [
        convolved([2, 3, 7], [5, 3, 3], [WindowAxis(size: 3)]),
        convolved([1, 1, 6, 5], [3, 1, 3, 3], [WindowAxis(size: 3), WindowAxis(size: 3)]),
        convolved([2, 3, 6, 7], [4, 3, 3, 2], [same(3), WindowAxis(size: 2, padding: (0, 1))]),
        convolved([2, 5, 9, 8], [6, 5, 3, 3], [same(3, stride: 2), same(3, stride: 2)]),
        convolved([1, 2, 9, 9], [3, 2, 3, 3], [dilated(3, 2), dilated(3, 2)]),
        convolved([1, 2, 11, 10], [3, 2, 3, 2], [strided(3, 3, 2), strided(2, 2, 3)]),
        convolved([2, 16, 5, 5], [17, 16, 3, 3], [same(3), same(3)]),
        convolved([2, 33, 4, 4], [16, 33, 1, 1], [WindowAxis(size: 1), WindowAxis(size: 1)]),
        convolved([2, 8, 7, 7], [8, 8, 1, 1], [strided(1, 2, 1), strided(1, 2, 1)]),
        convolved(
            [1, 3, 17, 17], [8, 3, 7, 7],
            [
                WindowAxis(size: 7, stride: 2, padding: (3, 3)),
                WindowAxis(size: 7, stride: 2, padding: (3, 3)),
            ]),
        convolved([2, 6, 5, 6], [4, 3, 3, 3], [same(3), same(3)], groups: 2),
        convolved([2, 5, 6, 5], [5, 1, 3, 3], [same(3), same(3)], groups: 5),
        convolved([1, 8, 4, 4], [8, 1, 2, 3], [strided(2, 2, 1), same(3)], groups: 8),
        convolved([2, 37, 6, 5], [37, 1, 3, 3], [same(3), dilated(3, 2)], groups: 37),
        convolved(
            [1, 2, 3, 4, 5], [3, 2, 2, 2, 2], Array(repeating: WindowAxis(size: 2), count: 3)),
        convolved([3, 32, 8, 9], [48, 32, 3, 3], [same(3), same(3)]),
        ConformanceCase(
            // Rounding may decide which element of a window is the largest.
            "two convolutions with all between",
            [.real([2, 3, 8, 8]), .real([5, 3, 3, 3]), .real([4, 5, 3, 3])], .special
        ) {
            let y = try relu(convolution($0[0], $0[1], [same(3), same(3)]) * 0.25)
            return try tanh(
                convolution(
                    y.maxPool([strided(2, 2, 1), strided(2, 2, 1)]), $0[2], [same(3), same(3)])
                    * 0.1)
        },
    ]

    private static func same(_ size: Int, stride: Int = 1) -> WindowAxis {
        WindowAxis(size: size, stride: stride, padding: (size / 2, size / 2))
    }

    private static func strided(_ size: Int, _ stride: Int, _ dilation: Int) -> WindowAxis {
        WindowAxis(size: size, stride: stride, dilation: dilation)
    }

    private static func dilated(_ size: Int, _ dilation: Int) -> WindowAxis {
        WindowAxis(size: size, padding: (dilation, dilation), dilation: dilation)
    }

    private static func convolved(
        _ x: Shape, _ weight: Shape, _ axes: [WindowAxis], groups: Int = 1
    ) -> ConformanceCase {
        let how = axes.map {
            "\($0.size)/\($0.stride)·\($0.dilation)+\($0.padding.lower),\($0.padding.upper)"
        }
        return ConformanceCase(
            "convolution of \(x) with \(weight), \(how.joined(separator: " "))\(groups > 1 ? " in \(groups) groups" : "")",
            [.real(x), .real(weight)], differentiated: x.count + weight.count > 200 ? [] : [0, 1]
        ) {
            try convolution($0[0], $0[1], axes, groups: groups)
        }
    }

    /// Enough places of enough channels for products by squares of 4 × 4, whole ones and such that reach beyond the image.
    static let squares: [ConformanceCase] = [
        ([3, 13, 15, 16], [48, 16, 3, 3], same(3), same(3)),
        ([1, 24, 25, 32], [32, 32, 3, 3], same(3), WindowAxis(size: 3, padding: (2, 0))),
        ([2, 20, 19, 48], [16, 48, 3, 3], WindowAxis(size: 3), WindowAxis(size: 3)),
        ([1, 31, 32, 16], [16, 16, 3, 3], same(3), same(3)),
    ].flatMap { (x: Shape, weight: Shape, down: WindowAxis, across: WindowAxis) in
        // Kernels write images with their channels innermost. Nothing is negative, as long sums of both signs have wide
        // bounds.
        @Sendable func result(_ operands: [Tensor]) throws -> Tensor {
            let (x, weight) = try (operands[0] * operands[0], operands[1] * operands[1])
            return try convolution(x.transpose([0, 3, 1, 2]), weight, [down, across])
        }
        return [
            ConformanceCase("squares of \(x) with \(weight)", [.real(x), .real(weight)]) {
                try relu(result($0) * 0.5)
            }
        ]
            + [0, 1].map { index in
                ConformanceCase(
                    "gradient of squares of \(x) with \(weight), operand \(index)",
                    [.real(x), .real(weight)]
                ) { operands in
                    let y = try result(operands)
                    return try gradients(of: (y * y).sum(), withRespectTo: [operands[index]])[0]
                }
            }
    }

    // MARK: - Poolings

    private static let poolings: [ConformanceCase] = [
        pooled([2, 3, 4, 6], [strided(2, 2, 1), strided(2, 2, 1)]),
        pooled([1, 17, 7, 5], [strided(2, 2, 1), strided(2, 2, 1)]),
        pooled([1, 2, 7, 8], [same(3, stride: 2), same(3, stride: 2)]),
        pooled([2, 3, 9], [WindowAxis(size: 3, dilation: 2)]),
    ].flatMap(\.self)

    private static func pooled(_ shape: Shape, _ axes: [WindowAxis]) -> [ConformanceCase] {
        let how =
            "\(shape), \(axes.map { "\($0.size)/\($0.stride)+\($0.padding.lower)" }.joined(separator: " "))"
        return [
            ConformanceCase("largest of windows, \(how)", [.real(shape)], .exact) {
                try $0[0].maxPool(axes)
            },
            ConformanceCase("means of windows, \(how)", [.real(shape)], differentiated: [0]) {
                try $0[0].averagePool(axes)
            },
            ConformanceCase(
                "means of windows without padding, \(how)", [.real(shape)], differentiated: [0]
            ) {
                try $0[0].averagePool(axes, counting: axes.map { _ in 0 })
            },
            ConformanceCase("gradient of the largest of windows, \(how)", [.real(shape)]) { x in
                let y = try x[0].maxPool(axes)
                return try gradients(of: (y * y).sum(), withRespectTo: x)[0]
            },
        ]
    }

    // MARK: - Gradients

    /// Gradients as kernels compute them: products through windows again.
    private static let windowGradients: [ConformanceCase] = [
        ("", [2, 3, 6, 7], [4, 3, 3, 3], [same(3), same(3)]),
        ("with strides", [2, 5, 9, 8], [6, 5, 3, 3], [same(3, stride: 2), same(3, stride: 2)]),
        (
            "with strides beyond places", [1, 4, 7, 7], [3, 4, 1, 1],
            [strided(1, 2, 1), strided(1, 3, 1)]
        ),
        ("with dilation", [1, 2, 9, 9], [3, 2, 3, 3], [dilated(3, 2), dilated(3, 2)]),
        (
            "with strides and dilation", [1, 2, 11, 10], [3, 2, 3, 2],
            [strided(3, 3, 2), strided(2, 2, 3)]
        ),
        ("along one axis", [2, 16, 9], [17, 16, 5], [same(5)]),
        ("of many channels", [2, 33, 5, 5], [18, 33, 3, 3], [same(3), same(3)]),
    ].flatMap { (name: String, x: Shape, weight: Shape, axes: [WindowAxis]) in
        [0, 1].map { index in
            ConformanceCase(
                "gradient of a convolution \(name), operand \(index)", [.real(x), .real(weight)]
            ) { operands in
                let y = try tanh(convolution(operands[0], operands[1], axes) * 0.1)
                return try gradients(of: y.sum(), withRespectTo: [operands[index]])[0]
            }
        }
    }
}
