import NNGraph
import NNReference
import Testing

/// The reference against numbers worked out by hand: it is the definition of every operation.
@Suite struct ReferenceTests {
    private let backend = ReferenceBackend<Double>()

    // MARK: - Elementwise

    @Test func functionsOfOneNumber() throws {
        let e = 2.718281828459045, log2 = 0.6931471805599453
        try expect([-1, 0, 2], { try -$0 }, is: [1, 0, -2])
        try expect([-1, 0, 2], abs, is: [1, 0, 2])
        try expect([-3, 0, 2], sign, is: [-1, 0, 1])
        try expect([0, 1, -1], exp, is: [1, e, 1 / e])
        try expect([1, 2, e], log, is: [0, log2, 1])
        try expect([0, 4, 2.25], sqrt, is: [0, 2, 1.5])
        try expect([0, 1, -1e6], sin, is: [0, 0.8414709848078965, 0.3499935021712930])
        try expect([0, 1, -1e6], cos, is: [1, 0.5403023058681398, 0.9367521275331447])
        try expect([-1, 0, 2], stopGradient, is: [-1, 0, 2])
        try expect([0, log2], tanh, is: [0, 0.6])
        try expect([0, log2, -log2], sigmoid, is: [0.5, 2.0 / 3, 1.0 / 3])
        try expect([-1, 0, 2], relu, is: [0, 0, 2])
        try expect([0, log2, -1000, 1000], softplus, is: [log2, 1.0986122886681098, 0, 1000])
        try expect([0, 1, -1], erf, is: [0, 0.8427007929497149, -0.8427007929497149])
        try expect([-2, 0, 3], { try leakyReLU($0, slope: 0.25) }, is: [-0.5, 0, 3])
        try expect([0, 1], { try gelu($0) }, is: [0, 0.8413447460685429])
    }

    @Test func functionsOfTwoNumbers() throws {
        let b = try Tensor.constant([2, -4, 0.5], [3])
        try expect([1, 2, 3], { try $0 + b }, is: [3, -2, 3.5])
        try expect([1, 2, 3], { try $0 - b }, is: [-1, 6, 2.5])
        try expect([1, 2, 3], { try $0 * b }, is: [2, -8, 1.5])
        try expect([1, 2, 3], { try $0 / b }, is: [0.5, -0.5, 6])
        try expect([3, 2, 9], { try power($0, b) }, is: [9, 0.0625, 3])
        try expect([1, 2, 3], { try maximum($0, b) }, is: [2, 2, 3])
        try expect([1, 2, 3], { try minimum($0, b) }, is: [1, -4, 0.5])
    }

    @Test func powersOfNegativeNumbersAndOfZero() throws {
        let inf = Double.infinity
        let b = try Tensor.constant([3, 2, 0.5, 0, -1, inf, 0.5, -1, 0], [9])
        try expect(
            [-2, -2, -2, 0, -4, -2, -inf, -inf, .nan], { try power($0, b) },
            is: [-8, 4, .nan, 1, -0.25, inf, inf, 0, 1])
    }

    @Test func nanIsNeverLost() throws {
        let one = try Tensor.constant(1)
        for function in [relu, abs, sign, exp, sqrt, sin, cos, tanh, sigmoid, softplus] {
            try expect([.nan], function, is: [.nan])
        }
        for maximumOrMinimum in [maximum, minimum] as [(Tensor, Tensor) throws -> Tensor] {
            try expect([.nan], { try maximumOrMinimum($0, one) }, is: [.nan])
            try expect([.nan], { try maximumOrMinimum(one, $0) }, is: [.nan])
        }
        try expect([1, .nan, 2], { try $0.max() }, is: [.nan])
    }

    @Test func floatsBecomeInt32sWithoutTheirFractionAndWithinTheRange() throws {
        let x = [
            0.9, -0.9, 2.7, -2.7, 2_147_483_646.5, 2_147_483_647.5, 3e9, -3e9, .infinity, .nan,
        ]
        let whole: [Int32] = [0, 0, 2, -2, .max - 1, .max, .max, .min, .max, 0]
        #expect(try int32s(x, [10]) { try $0.convert(to: .int32) } == whole)
        try expect(
            x, { try $0.convert(to: .int32).convert(to: .float) }, is: whole.map { Double($0) })
    }

    @Test func comparisonsGiveOneOrZero() throws {
        let b = try Tensor.constant([1, 2, .nan], [3])
        try expect([1, 1, 1], { try compare($0, .equal, b) }, is: [1, 0, 0])
        try expect([1, 1, 1], { try compare($0, .less, b) }, is: [0, 1, 0])
        try expect([1, 1, 1], { try compare($0, .lessEqual, b) }, is: [1, 1, 0])
        try expect([1, 3, 1], { try compare($0, .greater, b) }, is: [0, 1, 0])
        try expect([1, 1, 1], { try compare($0, .greaterEqual, b) }, is: [1, 0, 0])
    }

    @Test func selectTakesTheFirstUnlessTheConditionIsZero() throws {
        try expect(
            [0, 1, -0.0, .nan], { try select($0, .constant(5), .constant(6)) }, is: [6, 5, 6, 5])
    }

    // MARK: - Movement

    private let six = (1...6).map { Double($0) }

    @Test func movementsRearrange() throws {
        try expect(
            [1, 2], shape: [2, 1], { try $0.broadcast(to: [2, 2, 2]) },
            is: [1, 1, 2, 2, 1, 1, 2, 2])
        try expect(six, shape: [2, 3], { try $0.reshape([3, 2]) }, is: six)
        try expect(six, shape: [2, 3], { try $0.transpose() }, is: [1, 4, 2, 5, 3, 6])
        try expect(
            six, shape: [1, 2, 3], { try $0.transpose([2, 0, 1]) }, is: [1, 4, 2, 5, 3, 6])
        try expect(six, shape: [2, 3], { try $0.slice(1..<3, axis: 1) }, is: [2, 3, 5, 6])
        try expect(six, shape: [3, 2], { try $0.slice(1..<2) }, is: [3, 4])
        try expect(
            six, shape: [2, 3], { try concatenate([$0, $0], axis: 1) },
            is: [1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6])
        try expect(
            [1, 2], shape: [1, 2], { try concatenate([$0, $0], axis: 0) }, is: [1, 2, 1, 2])
    }

    // MARK: - Reductions and products

    @Test func reductionsCombineAlongTheirAxes() throws {
        try expect(six, shape: [2, 3], { try $0.sum([0]) }, is: [5, 7, 9])
        try expect(six, shape: [2, 3], { try $0.sum([1]) }, is: [6, 15])
        try expect(six, shape: [2, 3], { try $0.sum() }, is: [21])
        try expect(six, shape: [1, 2, 3], { try $0.sum([0, 2]) }, is: [6, 15])
        try expect(six, shape: [2, 3], { try $0.mean([1]) }, is: [2, 5])
        try expect(six, shape: [2, 3], { try $0.max([0]) }, is: [4, 5, 6])
        try expect([-3, -1, -2], { try $0.max() }, is: [-1])
    }

    @Test func argmaxIsTheFirstOfTheLargest() throws {
        #expect(try int32s([1, 7, 7, 2, 9, 9], [2, 3]) { try $0.argmax() } == [1, 1])
        #expect(try int32s([1, 7, 7, 2, 9, 9], [2, 3]) { try $0.argmax(axis: 0) } == [1, 1, 1])
        #expect(try int32s([3, .nan, 5, .nan], [4]) { try $0.argmax() } == [1])
    }

    @Test func productsOfMatrices() throws {
        let b = try Tensor.constant([1, 0, 2, 1, 0, 3], [3, 2])
        let product: [Double] = [5, 11, 14, 23]
        try expect(six, shape: [2, 3], { try matmul($0, b) }, is: product)
        try expect(
            six, shape: [2, 3], { try matmul($0, b.transpose(), transposeB: true) }, is: product)
        try expect(
            [1, 4, 2, 5, 3, 6], shape: [3, 2], { try matmul($0, b, transposeA: true) }, is: product)
        try expect(
            [1, 4, 2, 5, 3, 6], shape: [3, 2],
            { try matmul($0, b.transpose(), transposeA: true, transposeB: true) }, is: product)
        try expect(
            six, shape: [3, 2, 1], { try matmul($0, .constant([10, 100], [1, 2])) },
            is: [10, 100, 20, 200, 30, 300, 40, 400, 50, 500, 60, 600])
        try expect([1, 2, 3], { try matmul($0, b) }, is: [5, 11])
    }

    // MARK: - Indexing

    @Test func gatherTakesRowsAndScatterAddReturnsThem() throws {
        let indices = try Tensor(.constant([2, 0, 2, 3, -1], TensorType([5], .int32)))
        let nan = Double.nan
        try expect(
            six, shape: [3, 2], { try $0.gather(indices) },
            is: [5, 6, 1, 2, 5, 6, nan, nan, nan, nan])
        try expect(
            (1...10).map { Double($0) }, shape: [5, 2],
            { try scatterAdd($0, at: indices, count: 3) },
            is: [3, 4, 0, 0, 6, 8])
    }

    // MARK: - Softmax family

    @Test func softmaxFamily() throws {
        // e⁰ : e^(ln 3) : e^(ln 4) is 1 : 3 : 4.
        let (log3, log4, log8) = (1.0986122886681098, 1.3862943611198906, 2.0794415416798357)
        let x = [0, log3, log4]
        try expect(x, softmax, is: [0.125, 0.375, 0.5])
        try expect(x, logSoftmax, is: [-log8, log3 - log8, log4 - log8])
        try expect(x, logSumExp, is: [log8])
        let label = try Tensor(.constant([1], TensorType([1], .int32)))
        try expect(x, shape: [1, 3], { try softmaxCrossEntropy($0, label) }, is: [log8 - log3])
        try expect(
            x, shape: [1, 3],
            { try Tensor(.softmaxCrossEntropyGradient, [$0, label, .constant(2, [1])]) },
            is: [0.25, -1.25, 1])
    }

    @Test(arguments: [-1, 3] as [Double])
    func labelsOutsideGiveNaN(label: Double) throws {
        let labels = try Tensor(.constant([label], TensorType([1], .int32)))
        try expect([1, 2, 3], shape: [1, 3], { try softmaxCrossEntropy($0, labels) }, is: [.nan])
        try expect(
            [1, 2, 3], shape: [1, 3],
            { try Tensor(.softmaxCrossEntropyGradient, [$0, labels, .constant(1, [1])]) },
            is: [.nan, .nan, .nan])
    }

    @Test func largeLogitsLoseNothing() throws {
        let labels = try Tensor(.constant([0], TensorType([1], .int32)))
        try expect(
            [1e300, 1e300], shape: [1, 2], { try softmaxCrossEntropy($0, labels) },
            is: [0.6931471805599453])
        try expect([1e300, 1e300], softmax, is: [0.5, 0.5])
    }

    // MARK: - State

    @Test func updatesTakeTheValuesBeforeTheRun() throws {
        let (a, b) = try (Tensor.parameter("a", []), Tensor.parameter("b", []))
        let graph = try Graph(
            outputs: ["old": a],
            updates: [(parameter: a, value: a + b), (parameter: b, value: a - b)])
        let executable = try backend.compile(graph)
        try backend.write([5.0], to: executable.buffer(named: "a"))
        try backend.write([3.0], to: executable.buffer(named: "b"))
        for (old, newA, newB) in [(5.0, 8.0, 2.0), (8.0, 10.0, 6.0)] {
            try executable.run()
            #expect(try backend.read(executable.buffer(named: "old")) == [old])
            #expect(try backend.read(executable.buffer(named: "a")) == [newA])
            #expect(try backend.read(executable.buffer(named: "b")) == [newB])
        }
    }

    @Test func copyTakesAPart() throws {
        let (all, part) = (backend.makeBuffer(TensorType([5])), backend.makeBuffer(TensorType([2])))
        try backend.write([1.0, 2, 3, 4, 5], to: all)
        try backend.copy(all, from: 2, to: part)
        #expect(try backend.read(part) == [3, 4])
    }

    // MARK: - Running a function

    private func result<Value>(
        _ x: [Double], _ shape: Shape?, _ function: (Tensor) throws -> Tensor,
        _ read: (any TensorBuffer) throws -> Value
    ) throws -> Value {
        let input = try Tensor.input("x", shape ?? [x.count])
        let executable = try backend.compile(Graph(outputs: ["y": function(input)]))
        try backend.write(x, to: executable.buffer(named: "x"))
        try executable.run()
        return try read(executable.buffer(named: "y"))
    }

    private func int32s(
        _ x: [Double], _ shape: Shape, _ function: (Tensor) throws -> Tensor
    ) throws -> [Int32] {
        try result(x, shape, function) { try backend.readInt32s($0) }
    }

    /// Exact up to the last bits of double precision.
    private func expect(
        _ x: [Double], shape: Shape? = nil, _ function: (Tensor) throws -> Tensor,
        is expected: [Double], sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let values = try result(x, shape, function) { try backend.read($0) }
        #expect(values.count == expected.count, sourceLocation: sourceLocation)
        for (value, exact) in zip(values, expected) {
            let isRight =
                exact.isNaN
                ? value.isNaN
                : value == exact || Swift.abs(value - exact) <= 4e-16 * Swift.abs(exact)
            #expect(isRight, "\(value), not \(exact)", sourceLocation: sourceLocation)
        }
    }
}
