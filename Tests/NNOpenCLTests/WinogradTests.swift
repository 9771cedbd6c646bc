import NNGraph
import Testing

@testable import NNOpenCL

/// Which products through windows are Winograd's; that they are right is up to the conformance tests.
@Suite(.enabled(if: Testbed.hasDevice)) struct WinogradTests {
    private static let usual = WindowAxis(size: 3, padding: (1, 1))

    /// What the launches of a convolution and of both its gradients compute.
    private func labels(
        _ x: Shape, _ weight: Shape, _ axis: WindowAxis = usual, form: KernelForm = .serial
    ) throws -> String {
        let backend = try OpenCLBackend(
            Device.at(0), form: form, isPoisoning: false, vectorWidth: 8,
            workarounds: Workarounds())
        let x = try Tensor.parameter("x", x), w = try Tensor.parameter("w", weight)
        // Kernels write images with their channels innermost.
        let y = try tanh(convolution(x.transpose([0, 3, 1, 2]), w, [axis, axis]) * 0.1)
        let gradients = try gradients(of: y.sum(), withRespectTo: [x, w])
        let graph = try Graph(outputs: ["dx": gradients[0], "dw": gradients[1], "y": y])
        let executable = try #require(backend.compile(graph) as? OpenCLExecutable)
        return executable.commands.map(\.label).joined(separator: Chain.separator)
    }

    @Test func allThreeProductsOfAConvolutionAreWinograds() throws {
        let labels = try labels([4, 24, 24, 16], [32, 16, 3, 3])
        #expect(labels.contains("winograd 4×24×24×32 of 16·"))
        #expect(labels.contains("winograd 4×24×24×16 of 32"))
        #expect(labels.contains("winograd gradient 3×3×16×32 of 4×24×24"))
        #expect(!labels.contains("matmul"))
    }

    @Test(arguments: [
        ([4, 24, 24, 16], [32, 16, 5, 5], WindowAxis(size: 5, padding: (2, 2))),
        ([4, 48, 48, 16], [32, 16, 3, 3], WindowAxis(size: 3, stride: 2, padding: (1, 1))),
        ([4, 24, 24, 16], [32, 16, 3, 3], WindowAxis(size: 3, padding: (2, 2), dilation: 2)),
        ([4, 24, 24, 12], [32, 12, 3, 3], usual), ([4, 24, 24, 8], [32, 8, 3, 3], usual),
        ([200, 3, 3, 16], [32, 16, 3, 3], usual), ([1, 15, 16, 16], [32, 16, 3, 3], usual),
    ])
    func otherProductsAreNot(_ x: [Int], _ weight: [Int], _ axis: WindowAxis) throws {
        #expect(try !labels(Shape(x), Shape(weight), axis).contains("winograd"))
    }

    @Test func graphicsProcessorsDoWithout() throws {
        #expect(
            try !labels([4, 24, 24, 16], [32, 16, 3, 3], form: .workgroup).contains("winograd"))
    }
}
