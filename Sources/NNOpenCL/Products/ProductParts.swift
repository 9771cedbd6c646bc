import NNCompiler
import NNGraph

/// The sums of a product in several parts, between the launch that computes them and the one that
/// adds them up.
struct ProductParts {
    /// A whole result for each part.
    let view: View
    private let count: Int

    init(of product: MatrixProduct, count: Int) {
        let shape: Shape = [count * product.batchCount * product.m, product.n]
        view = View(Storage(.float, count: shape.count), shape)
        self.count = count
    }

    /// The call that adds the parts, in their order, and computes what an epilogue makes of it.
    func call(
        _ epilogue: ElementwiseBody, label: String, with kernels: KernelLibrary
    ) -> KernelCall {
        let (rows, columns) = epilogue.range
        let local = min(64, kernels.device.maximumWorkgroupSize)
        return KernelCall(
            name: "matmul_parts", file: .matmulParts,
            definitions: kernels.definitions(of: [epilogue]),
            global: [(rows * columns - 1) / local * local + local],
            local: [local], label: label,
            cost: Launch.Cost(
                bytes: view.byteCount + epilogue.byteCount,
                flops: rows * columns * (count - 1) + epilogue.flops),
            arguments: epilogue.arguments + .view(view) + .counts([count]))
    }
}
