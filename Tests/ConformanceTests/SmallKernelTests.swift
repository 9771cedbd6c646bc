import NNGraph
import NNReference
import Testing

@testable import NNOpenCL

/// Every kernel of `Kernels/` in both forms and every vector width, on few elements.
///
/// Small enough for a simulator that checks each access: `oclgrind` runs this suite alone. One test
/// at a time, because the simulator mixes up contexts that run at once.
@Suite(.serialized, .enabled(if: !TestBackend.devices.isEmpty))
struct SmallKernelTests {
    /// A backend's form and the floats in its vectors.
    struct Configuration: Sendable, CustomTestStringConvertible {
        let form: KernelForm
        let vectorWidth: Int
        var testDescription: String { "\(form.rawValue), vectors of \(vectorWidth)" }

        static let all =
            [1, 4, 8, 16].map { Configuration(form: .serial, vectorWidth: $0) }
            + [Configuration(form: .workgroup, vectorWidth: 1)]
    }

    @Test(arguments: Configuration.all)
    func kernelsAgreeWithTheirDefinition(configuration: Configuration) throws {
        let backend = try OpenCLBackend(
            Device.at(0), form: configuration.form, isPoisoning: true,
            vectorWidth: configuration.vectorWidth, workarounds: Self.simulators)
        for entry in Self.cases {
            let (graph, values) = (try entry.graph(), entry.values())
            let reference = ReferenceBackend<Bounded>()
            let bounds = try reference.bounds(
                of: run(graph, on: reference, inputs: values).buffer(named: "y"))
            let executable = try run(graph, on: backend, inputs: values)
            let result = try backend.values(of: executable.buffer(named: "y"))
            expectAdmitted(result, by: bounds, "\(entry.name), \(configuration.testDescription)")
        }
    }

    @Test(arguments: ProductChoice.small)
    func productsAgreeWithTheirDefinition(choice: ProductChoice) throws {
        for vectorWidth in choice.form == .serial ? [1, 4, 8, 16] : [1] {
            let backend = try OpenCLBackend(
                Device.at(0), form: choice.form, isPoisoning: true, vectorWidth: vectorWidth,
                workarounds: Self.simulators)
            try expectAgreement(of: choice, on: backend, ProductEntry.small.get())
        }
    }

    /// Simulators that watch every access do not know prefetching.
    private static let simulators = {
        var workarounds = Workarounds()
        workarounds.skipsPrefetch = true
        return workarounds
    }()

    /// Rows and columns that leave every kind of rest behind whole vectors.
    private static let shapes: [Shape] = [
        [3, 1], [2, 7], [2, 16], [3, 35], [1, 79], [35, 3], [9, 67],
    ]

    private static let cases: [ConformanceCase] =
        shapes.flatMap { shape in
            let labels = Leaf.integers([shape[0]], -1...shape[1])
            return [
                ConformanceCase("elementwise \(shape)", [.real(shape), .real(shape)]) {
                    try $0[0] * $0[1] + $0[0]
                },
                ConformanceCase("strided \(shape)", [.real(shape)]) { try -$0[0].transpose() },
                ConformanceCase("random \(shape)", [.given(int32s: [3], [])]) {
                    try .uniform(shape, seed: 9, stream: 1, step: $0[0])
                },
                ConformanceCase("int32s \(shape)", [.whole(shape, -9...9)]) { x in
                    let halves = try (x[0] * 0.5).convert(to: .int32)
                    return try concatenate([halves, halves.transpose().reshape(shape)])
                },
                ConformanceCase("without fractions \(shape)", [.real(shape)]) {
                    try $0[0].convert(to: .int32).convert(to: .float) * $0[0]
                },
                ConformanceCase("sum of rows \(shape)", [.real(shape)]) { try $0[0].sum([1]) },
                ConformanceCase("norms of rows \(shape)", [.real(shape)]) {
                    try sqrt(($0[0] * $0[0]).sum([1]))
                },
                ConformanceCase("maxima of read columns \(shape)", [.real(shape)]) {
                    try $0[0].transpose().max([1])
                },
                ConformanceCase("sum of columns \(shape)", [.real(shape)]) { try $0[0].sum([0]) },
                ConformanceCase(
                    "sums beside a product \(shape)", [.real(shape), .real([shape[0], 5])]
                ) {
                    let product = try matmul($0[0], $0[1], transposeA: true)
                    return try concatenate([product.reshape([5 * shape[1]]), $0[0].sum([0])])
                },
                ConformanceCase("max of rows \(shape)", [.real(shape)]) { try $0[0].max([1]) },
                ConformanceCase("max of columns \(shape)", [.real(shape)]) { try $0[0].max([0]) },
                ConformanceCase("argmax \(shape)", [.whole(shape, -3...3)]) { try $0[0].argmax() },
                ConformanceCase("softmax \(shape)", [.real(shape)]) { try softmax($0[0]) },
                ConformanceCase("logSoftmax \(shape)", [.real(shape)]) { try logSoftmax($0[0]) },
                ConformanceCase("logSumExp \(shape)", [.real(shape)]) { try logSumExp($0[0]) },
                ConformanceCase("loss \(shape)", [.real(shape), labels]) {
                    try softmaxCrossEntropy($0[0], $0[1])
                },
                ConformanceCase("gradient \(shape)", [.real(shape), labels, .real([shape[0]])]) {
                    try Tensor(.softmaxCrossEntropyGradient, $0)
                },
                ConformanceCase("loss and gradient \(shape)", [.real(shape), labels]) { x in
                    let loss = try softmaxCrossEntropy(x[0], x[1])
                    let gradient = try gradients(of: loss, withRespectTo: [x[0]])[0]
                    return try concatenate([loss, gradient.reshape([shape.count])])
                },
                ConformanceCase(
                    "loss of a product \(shape)",
                    [.real([shape[0], 5]), .real([shape[1], 5]), labels]
                ) { x in
                    let logits = try matmul(x[0], x[1], transposeB: true) * 0.5
                    let loss = try softmaxCrossEntropy(logits, x[2])
                    let gradient = try gradients(of: loss, withRespectTo: [logits])[0]
                    return try concatenate([
                        loss, gradient.reshape([shape.count]),
                        compare(logits.argmax(), .equal, x[2]),
                    ])
                },
                ConformanceCase(
                    "side by side \(shape)",
                    [.real(shape), .real(shape), .real([shape[0], 5])]
                ) { x in
                    try concatenate(
                        [
                            matmul(x[0], x[1], transposeB: true),
                            matmul(x[1], x[0], transposeB: true),
                            matmul(x[0], x[2], transposeA: true), x[0].max([0]), x[1].sum([0]),
                            x[0].sum([1]), x[0] * x[1],
                        ].map { try $0.reshape([$0.shape.count]) })
                },
                ConformanceCase("gather \(shape)", [.real(shape), .integers([5], -1...shape[0])]) {
                    try $0[0].gather($0[1])
                },
                ConformanceCase(
                    "gather of bytes \(shape)", [.unorm8(shape), .integers([5], -1...shape[0])]
                ) { try $0[0].gather($0[1]) },
                ConformanceCase(
                    "scatterAdd \(shape)", [.real(shape), .integers([shape[0]], -1...4)]
                ) {
                    try scatterAdd($0[0], at: $0[1], count: 4)
                },
            ]
        } + twoPasses + ConformanceCase.squares

    /// Long enough to be reduced in chunks, also on a device of one compute unit.
    private static let twoPasses = [
        ConformanceCase("sum in chunks", [.whole([70_001], -9...9)]) { try $0[0].sum() },
        ConformanceCase("norm in chunks", [.real([70_001])]) { try sqrt(($0[0] * $0[0]).sum()) },
        ConformanceCase("max in chunks", [.real([70_001])]) { try $0[0].max() },
        ConformanceCase("sum of columns in chunks", [.whole([22_001, 3], -9...9)]) {
            try $0[0].sum([0])
        },
        ConformanceCase("max of columns in chunks", [.real([22_001, 3])]) { try $0[0].max([0]) },
    ]
}
