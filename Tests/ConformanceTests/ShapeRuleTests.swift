import NNGraph
import Testing

/// Every misuse gets a sentence that names the operation, what it was given and what is wrong.
@Suite struct ShapeRuleTests {
    struct Misuse: Sendable, CustomTestStringConvertible {
        let sentence: String
        let build: @Sendable () throws -> Tensor
        var testDescription: String { sentence }

        init(_ sentence: String, _ build: @escaping @Sendable () throws -> Tensor) {
            self.sentence = sentence
            self.build = build
        }
    }

    @Test(arguments: misuses)
    func misuseIsExplained(misuse: Misuse) {
        let error = #expect(throws: GraphError.self) { try misuse.build() }
        #expect(error?.description == misuse.sentence)
    }

    private static func x(_ shape: Shape, _ elementType: ElementType = .float) throws -> Tensor {
        try .input("x", shape, elementType)
    }

    private static let misuses: [Misuse] =
        leaves + elementwise + movement + reductionsAndProducts + indexing + softmaxFamily

    private static let leaves = [
        Misuse("input(): every dimension must be at least 1, and [3, 0] has 0.") { try x([3, 0]) },
        Misuse("parameter(): every dimension must be at least 1, and [-2] has -2.") {
            try .parameter("p", [-2])
        },
        Misuse("constant(): 2 values do not fill [3].") { try .constant([1, 2], [3]) },
        Misuse("constant(): constants are float or int32.") {
            try Tensor(.constant([1], TensorType([2], .unorm8)))
        },
        Misuse("constant(): 3000000000.0 is no int32.") {
            try Tensor(.constant([3e9], TensorType([], .int32)))
        },
        Misuse("constant(): every dimension must be at least 1, and [0] has 0.") {
            try .constant(1, [0])
        },
        Misuse("uniform(float []): the step must be int32.") {
            try .uniform([3], seed: 1, stream: 0, step: x([]))
        },
        Misuse("uniform(int32 [1]): the step must be a scalar.") {
            try .uniform([3], seed: 1, stream: 0, step: x([1], .int32))
        },
        Misuse("exp(float [2], float [2]): it takes 1 operands, not 2.") {
            try Tensor(.unary(.exp), [x([2]), x([2])])
        },
    ]

    private static let elementwise = [
        Misuse("exp(int32 [2]): the operands must be float.") { try exp(x([2], .int32)) },
        Misuse("add(float [2, 3], float [4]): the shapes do not broadcast to a common one.") {
            try x([2, 3]) + x([4])
        },
        Misuse("multiply(float [2], int32 [2]): the operands must be float.") {
            try x([2]) * x([2], .int32)
        },
        Misuse("add(float [2], float [1]): the shapes differ.") {
            try Tensor(.binary(.add), [x([2]), x([1])])
        },
        Misuse("convert(float [2]): float becomes int32 and int32 float, not unorm8.") {
            try x([2]).convert(to: .unorm8)
        },
        Misuse("convert(int32 [2]): float becomes int32 and int32 float, not int32.") {
            try Tensor(.convert(.int32), [x([2], .int32)])
        },
        Misuse("less(float [2], int32 [2]): the types differ.") {
            try compare(x([2]), .less, x([2], .int32))
        },
        Misuse(
            "select(float [2], float [3], float [2]): the shapes do not broadcast to a common one."
        ) {
            try select(x([2]), x([3]), x([2]))
        },
        Misuse("select(float [2], float [2], float [1]): the shapes differ.") {
            try Tensor(.select, [x([2]), x([2]), x([1])])
        },
        Misuse("select(int32 [2], float [2], float [2]): the operands must be float.") {
            try select(x([2], .int32), x([2]), x([2]))
        },
    ]

    private static let movement = [
        Misuse("broadcast(float [2, 3]): [2, 3] does not broadcast to [2, 4].") {
            try x([2, 3]).broadcast(to: [2, 4])
        },
        Misuse("broadcast(float [2, 3]): [2, 3] does not broadcast to [3].") {
            try x([2, 3]).broadcast(to: [3])
        },
        Misuse("reshape(float [2, 3]): [2, 3] has 6 elements and [4, 2] has 8.") {
            try x([2, 3]).reshape([4, 2])
        },
        Misuse("transpose(float [2, 3]): [0, 0] is not a permutation of the axes of [2, 3].") {
            try x([2, 3]).transpose([0, 0])
        },
        Misuse("transpose(float [2, 3]): [1, 0, 2] is not a permutation of the axes of [2, 3].") {
            try x([2, 3]).transpose([1, 0, 2])
        },
        Misuse("slice(float [4, 3]): [2, 0] up to [5, 3] is no part of [4, 3].") {
            try x([4, 3]).slice(2..<5)
        },
        Misuse("slice(float [4, 3]): [2, 0] up to [2, 3] is no part of [4, 3].") {
            try x([4, 3]).slice(2..<2)
        },
        Misuse("slice(float [4]): axis 1 is outside of [4].") { try x([4]).slice(0..<1, axis: 1) },
        Misuse(
            "concatenate(float [2, 3], float [2, 4]): the operands differ along other axes than 0."
        ) {
            try concatenate([x([2, 3]), x([2, 4])])
        },
        Misuse("concatenate(float [2], int32 [2]): the operands differ along other axes than 0.") {
            try concatenate([x([2]), x([2], .int32)])
        },
        Misuse("concatenate(float [2]): axis 1 is outside of [2].") {
            try concatenate([x([2])], axis: 1)
        },
        Misuse("concatenate(): it takes 1 operands, not 0.") { try concatenate([]) },
    ]

    private static let reductionsAndProducts = [
        Misuse("sum(float [2, 3]): axis 2 is outside of [2, 3].") { try x([2, 3]).sum([2]) },
        Misuse("max(float [2, 3]): it reduces along one or more different axes, not [1, 1].") {
            try x([2, 3]).max([1, 1])
        },
        Misuse("sum(int32 [2]): the operands must be float.") { try x([2], .int32).sum() },
        Misuse("argmax(float [2]): axis 1 is outside of [2].") { try x([2]).argmax(axis: 1) },
        Misuse("argmax(float []): axis -1 is outside of [].") { try x([]).argmax() },
        Misuse("matmul(float [2, 3], float [4, 5]): the inner dimensions 3 and 4 differ.") {
            try matmul(x([2, 3]), x([4, 5]))
        },
        Misuse(
            "matmul(float [2, 3], float [2, 5]): the inner dimensions 3 and 5 differ"
                + " (transposed: second)."
        ) { try matmul(x([2, 3]), x([2, 5]), transposeB: true) },
        Misuse(
            "matmul(float [2, 3], float [5, 4]): the inner dimensions 2 and 4 differ"
                + " (transposed: first and second)."
        ) { try matmul(x([2, 3]), x([5, 4]), transposeA: true, transposeB: true) },
        Misuse("matmul(float [2, 2, 3], float [3, 3, 4]): the batch dimensions differ.") {
            try matmul(x([2, 2, 3]), x([3, 3, 4]))
        },
        Misuse("matmul(float [], float [2, 2]): it takes matrices.") {
            try matmul(x([]), x([2, 2]))
        },
        Misuse("matmul(int32 [2, 2], float [2, 2]): the operands must be float.") {
            try matmul(x([2, 2], .int32), x([2, 2]))
        },
    ]

    private static let indexing = [
        Misuse("gather(float [5, 2], float [3]): the indices must be int32.") {
            try x([5, 2]).gather(x([3]))
        },
        Misuse("gather(int32 [5, 2], int32 [3]): the table must be float or unorm8.") {
            try x([5, 2], .int32).gather(x([3], .int32))
        },
        Misuse("reshape(unorm8 [5, 2]): only gather reads unorm8.") {
            try x([5, 2], .unorm8).reshape([10])
        },
        Misuse("gather(float [], int32 [3]): the table needs an axis of rows.") {
            try x([]).gather(x([3], .int32))
        },
        Misuse(
            "scatterAdd(int32 [4], float [3, 2]): the rows need one index each and a table of at"
                + " least one row."
        ) { try scatterAdd(x([3, 2]), at: x([4], .int32), count: 5) },
        Misuse(
            "scatterAdd(int32 [3], float [3, 2]): the rows need one index each and a table of at"
                + " least one row."
        ) { try scatterAdd(x([3, 2]), at: x([3], .int32), count: 0) },
        Misuse("scatterAdd(float [3], float [3, 2]): the indices must be int32.") {
            try scatterAdd(x([3, 2]), at: x([3]), count: 5)
        },
    ]

    private static let softmaxFamily = [
        Misuse("softmax(float []): axis -1 is outside of [].") { try softmax(x([])) },
        Misuse("logSoftmax(int32 [3]): the operands must be float.") {
            try logSoftmax(x([3], .int32))
        },
        Misuse("logSumExp(float []): axis -1 is outside of [].") { try logSumExp(x([])) },
        Misuse("softmaxCrossEntropy(float [4, 3], int32 [3]): each row needs one label.") {
            try softmaxCrossEntropy(x([4, 3]), x([3], .int32))
        },
        Misuse("softmaxCrossEntropy(float [4, 3], float [4]): the labels must be int32.") {
            try softmaxCrossEntropy(x([4, 3]), x([4]))
        },
        Misuse(
            "softmaxCrossEntropyGradient(float [4, 3], int32 [4], float [3]): the upstream gradient"
                + " needs one number for each row."
        ) { try Tensor(.softmaxCrossEntropyGradient, [x([4, 3]), x([4], .int32), x([3])]) },
    ]

    // MARK: - Graphs and buffers

    @Test func graphsRejectWhatDoesNotFit() throws {
        let (a, b) = try (Tensor.parameter("a", [2]), Tensor.parameter("a", [2]))
        expect("Two different leaves of the graph are named \"a\": give each a name of its own.") {
            try Graph(outputs: ["y": a + b])
        }
        expect("Two different leaves of the graph are named \"a\": give each a name of its own.") {
            try Graph(outputs: ["a": a])
        }
        expect("\"a\" takes float [2], not float [3].") {
            try Graph(updates: [(parameter: a, value: .constant(0, [3]))])
        }
        expect("update(float [2]): only a parameter can be updated, not input float [2].") {
            try Graph(updates: [(parameter: .input("i", [2]), value: a)])
        }
    }

    @Test(arguments: TestBackend.available)
    func backendsRejectWhatDoesNotFit(kind: TestBackend) throws {
        let graph = try Graph(outputs: ["y": exp(.input("x", [2]))])
        try withBackend(kind) { backend in
            let executable = try backend.compile(graph)
            expect("The graph has nothing named \"z\"; it has x, y.") {
                try executable.buffer(named: "z")
            }
            let three = try backend.makeBuffer(TensorType([3]))
            expect("\"x\" takes float [2], not float [3].") {
                try backend.compile(graph, binding: ["x": three])
            }
            expect("The graph has nothing named \"w\"; it has x.") {
                try backend.compile(graph, binding: ["w": three])
            }
            let x = try executable.buffer(named: "x")
            expect("\"x\" takes float [2], not 3 floats.") {
                try backend.write([1, 2, 3] as [Float], to: x)
            }
            expect("\"x\" takes float [2], not 2 int32s.") {
                try backend.write([1, 2] as [Int32], to: x)
            }
            for offset in [2, .max] {
                expect("\"x\" takes float [2], not float [3] from element \(offset).") {
                    try backend.copy(three, from: offset, to: x)
                }
            }
            expect("\"buffer\" takes float [3], not 1 floats.") {
                try backend.write([1] as [Float], to: three)
            }
            let two = try backend.makeBuffer(TensorType([2]))
            _ = try backend.compile(graph, binding: ["x": two])
            expect("\"x\" takes float [2], not 1 floats.") {
                try backend.write([1] as [Float], to: two)
            }
            let foreign = ReferenceBuffers.makeForeign(to: kind)
            let sentence = "takes float [2], not a buffer of another backend than \(backend.name)."
            expect("\"buffer\" \(sentence)") { try backend.read(foreign) }
            expect("\"x\" \(sentence)") { try backend.compile(graph, binding: ["x": foreign]) }
        }
    }

    private func expect<Result>(
        _ sentence: String, sourceLocation: SourceLocation = #_sourceLocation,
        _ body: () throws -> Result
    ) {
        let error = #expect(throws: GraphError.self, sourceLocation: sourceLocation) {
            _ = try body()
        }
        #expect(error?.description == sentence, sourceLocation: sourceLocation)
    }
}
