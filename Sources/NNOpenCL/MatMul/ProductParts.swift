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
        _ epilogue: ElementwiseKernel, label: String, with kernels: KernelLibrary
    ) -> KernelCall {
        let (rows, columns) = epilogue.range
        let local = min(64, kernels.device.maximumWorkgroupSize)
        let touched = count + epilogue.reads.count + epilogue.writes.count
        return KernelCall(
            name: "matmul_parts", file: .matmulParts, bodies: [epilogue],
            global: [(rows * columns - 1) / local * local + local],
            local: [local], label: label,
            cost: Launch.Cost(
                bytes: 4 * rows * columns * touched,
                flops: rows * columns * (count - 1 + epilogue.operationCount)),
            arguments: epilogue.arguments + [view.buffer, UInt32(count)])
    }
}
