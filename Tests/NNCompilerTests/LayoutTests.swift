import NNGraph
import NNReference
import Testing

@testable import NNCompiler

/// What settling layouts makes of convolutions and poolings: what is left of them is what kernels do well.
@Suite struct LayoutTests {
    private func settled(_ outputs: [(String, Tensor)]) throws -> Graph {
        let graph = try Graph(outputs: outputs)
        let settled = try simplified(settlingLayouts(of: graph))
        try expectSameResults(graph, settled)
        return settled
    }

    /// The same numbers but for the order of sums, which is exact for small whole numbers.
    private func expectSameResults(_ a: Graph, _ b: Graph) throws {
        func results(_ graph: Graph) throws -> [[Double]] {
            let backend = ReferenceBackend<Double>()
            let executable = try backend.compile(graph)
            for leaf in graph.leaves {
                let values = (0..<leaf.tensor.shape.count).map { (place: Int) -> Double in
                    Double((place * 7 + 3) % 11 - 5)
                }
                try backend.write(values, to: executable.buffer(named: leaf.name))
            }
            try executable.run()
            return try graph.outputs.map {
                try backend.read(executable.buffer(named: $0.name))
            }
        }
        #expect(try results(a) == results(b))
    }

    private func count(_ name: String, in graph: Graph) -> Int {
        graph.nodes.count { $0.operation.name == name }
    }

    private let axes = [
        WindowAxis(size: 3, padding: (1, 1)), WindowAxis(size: 3, padding: (1, 1)),
    ]

    @Test func transposesBetweenConvolutionsDisappear() throws {
        let x = try Tensor.input("x", [2, 3, 5, 4])
        let first = try relu(convolution(x, .input("w", [4, 3, 3, 3]), axes))
        let second = try convolution(first, .input("v", [2, 4, 3, 3]), axes)
        let graph = try settled([("y", second.sum())])
        // Of the input and of both weights, each once.
        #expect(
            graph.nodes.count {
                $0.beforeTranspose != nil && $0.operands[0].operation.leafName != nil
            } == 2)
        let sums = graph.nodes.filter { $0.operation.isProduct }
        #expect(sums.map(\.shape) == [[2, 5, 4, 4], [2, 5, 4, 2]])
        // What stands after a product is computed in its order.
        #expect(graph.nodes.first { $0.operation.name == "relu" }?.shape == [2, 5, 4, 4])
    }

    @Test(arguments: [1, 2, 3])
    func gradientsOfConvolutionsAreProducts(stride: Int) throws {
        let axes = axes.map {
            WindowAxis(size: $0.size, stride: stride, padding: $0.padding)
        }
        let x = try Tensor.input("x", [2, 3, 7, 8]), w = try Tensor.input("w", [4, 3, 3, 3])
        let y = try convolution(x, w, axes)
        let slopes = try gradients(of: (y * y).sum(), withRespectTo: [x, w])
        let graph = try settled([("dx", slopes[0]), ("dw", slopes[1])])
        #expect(count("fold", in: graph) == 0)
        // One product for each remainder of a place by the strides; windows that only divide the input leave none.
        let remainders = stride == 3 ? 1 : stride * stride
        #expect(graph.nodes.count { $0.operation.isProduct } == 2 + remainders)
        if stride == 1 {
            // No more is computed than the input has.
            let slope = graph.outputs[0].value
            #expect(slope.beforeTranspose?.tensor.operation.isProduct == true)
        }
    }

    /// A product of each channel by itself has no rows for a kernel.
    @Test(
        arguments: [1, 2], [WindowAxis(size: 3, padding: (1, 1)), WindowAxis(size: 2, dilation: 2)])
    func depthwiseConvolutionsAreElementwise(stride: Int, axis: WindowAxis) throws {
        var axis = axis
        axis.stride = stride
        let x = try Tensor.input("x", [3, 8, 9, 8]),
            w = try Tensor.input("w", [8, 1, axis.size, axis.size])
        let y = try convolution(relu(x).transpose([0, 3, 1, 2]), w, [axis, axis], groups: 8)
        let slopes = try gradients(of: (y * y).sum(), withRespectTo: [x, w])
        let graph = try settled([("y", y), ("dx", slopes[0]), ("dw", slopes[1])])
        #expect(graph.nodes.count { $0.operation.isProduct } == 0)
        #expect(count("fold", in: graph) == 0)
    }

    @Test(arguments: [1, 2]) func gradientsOfGroupsAreProducts(stride: Int) throws {
        let axes = axes.map {
            WindowAxis(size: $0.size, stride: stride, padding: $0.padding)
        }
        let x = try Tensor.input("x", [2, 6, 7, 8]), w = try Tensor.input("w", [9, 2, 3, 3])
        let y = try convolution(x, w, axes, groups: 3)
        let slopes = try gradients(of: (y * y).sum(), withRespectTo: [x, w])
        let graph = try settled([("dx", slopes[0]), ("dw", slopes[1])])
        #expect(count("fold", in: graph) == 0)
        #expect(graph.nodes.count { $0.operation.isProduct } == 2 + stride * stride)
    }

    @Test func theGradientOfAPoolingIsPutTogether() throws {
        let x = try Tensor.input("x", [2, 3, 4, 6])
        let halves = [WindowAxis(size: 2, stride: 2), WindowAxis(size: 2, stride: 2)]
        let y = try relu(x).maxPool(halves)
        let slope = try gradients(of: (y * y).sum(), withRespectTo: [x])[0]
        let graph = try settled([("dx", slope)])
        #expect(count("fold", in: graph) == 0)
        #expect(count("pad", in: graph) == 0)
        #expect(count("concatenate", in: graph) >= 2)
    }

    @Test func transposedConvolutionsAreProducts() throws {
        let x = try Tensor.input("x", [2, 3, 4, 4]), w = try Tensor.input("w", [3, 2, 3, 3])
        let axes = [
            WindowAxis(size: 3, stride: 2, padding: (1, 1)),
            WindowAxis(size: 3, stride: 2, padding: (1, 1)),
        ]
        let y = try transposedConvolution(x, w, axes, extents: [7, 8])
        let graph = try settled([("y", y)])
        #expect(count("fold", in: graph) == 0)
    }

    /// A kernel's epilogue must not lose its result to another order.
    @Test func whatAKernelComputesIsNotReadInAnotherOrder() throws {
        let a = try Tensor.input("a", [3, 4]), b = try Tensor.input("b", [4, 3])
        let product = try matmul(a, b)
        let graph = try settled([("y", product + exp(a.slice(0..<3, axis: 1)).transpose())])
        let sum = graph.nodes.first { $0.operation == .binary(.add) }
        #expect(sum?.operands.contains { $0.operation.isProduct } == true)
    }
}
