import Foundation
import NNGraph
import NNModel
import NNReference
import TestSupport
import Testing

/// Attention against plain loops and against PyTorch.
@Suite struct AttentionTests {
    private func evaluate(
        _ tensors: [Tensor], _ inputs: [(String, [Double])]
    ) throws -> [[Double]] {
        let backend = ReferenceBackend<Double>()
        let names = tensors.indices.map { "result \($0)" }
        let executable = try backend.compile(Graph(outputs: Array(zip(names, tensors))))
        for (name, values) in inputs {
            try backend.write(values, to: executable.buffer(named: name))
        }
        try executable.run()
        return try names.map { try backend.read(executable.buffer(named: $0)) }
    }

    /// softmax(q · kᵀ / √d) · v, number by number.
    @Test(arguments: [
        (1, 1), (2, 3), (63, 2), (64, 8), (65, 1), (257, 4),
    ])
    func isWhatItIsDefinedAs(length: Int, heads: Int) throws {
        let (batch, width) = (2, 5)
        let shape = Shape([batch, heads, length, width])
        let values = (0..<3).map {
            SpaceTable.pattern(shape.count, step: 7 + 2 * $0, period: 101, divisor: 40)
        }
        let leaves = try ["q", "k", "v"].map { try Tensor.input($0, shape) }
        for isCausal in [false, true] {
            let y = try attention(leaves[0], leaves[1], leaves[2], isCausal: isCausal)
            let found = try evaluate([y], Array(zip(["q", "k", "v"], values)))[0]
            var worst = 0.0
            for head in 0..<batch * heads {
                func element(_ tensor: Int, _ place: Int, _ number: Int) -> Double {
                    values[tensor][(head * length + place) * width + number]
                }
                for query in 0..<length {
                    let seen = 0..<(isCausal ? query + 1 : length)
                    let weights = seen.map { key in
                        let product = (0..<width).reduce(0) {
                            $0 + element(0, query, $1) * element(1, key, $1)
                        }
                        return exp(product / Double(width).squareRoot())
                    }
                    let total = weights.reduce(0, +)
                    for number in 0..<width {
                        let wanted = seen.reduce(0) {
                            $0 + weights[$1] / total * element(2, $1, number)
                        }
                        let place = (head * length + query) * width + number
                        worst = max(worst, abs(found[place] - wanted))
                    }
                }
            }
            #expect(worst < 1e-12, "\(isCausal)")
        }
    }

    /// The numbers are those of `scaled_dot_product_attention` of PyTorch 2.15 with the mask as truth values; rows that
    /// see nothing are 0 and have no part in any gradient.
    @Test func whatIsMaskedOutCountsForNothing() throws {
        let shape: Shape = [2, 2, 3, 2]
        let values = [
            SpaceTable.pattern(24, step: 11, period: 17, divisor: 4),
            SpaceTable.pattern(24, divisor: 5),
            SpaceTable.pattern(24, step: 5, period: 11, divisor: 3),
        ]
        let leaves = try ["q", "k", "v"].map { try Tensor.input($0, shape) }
        let mask = try Tensor.constant([1, 1, 0, 0, 1, 0] as [Int32], [2, 3])
        let y = try attention(leaves[0], leaves[1], leaves[2], isCausal: true, keyMask: mask)
        let upstream = SpaceTable.pattern(24, step: 3, period: 7, divisor: 3)
        let all = try gradients(of: (y * .constant(upstream, shape)).sum(), withRespectTo: leaves)
        let found = try evaluate([y] + all, Array(zip(["q", "k", "v"], values)))
        let wanted: [[Double]] = [
            [
                -1.666667, 0, 0.146931, -0.18136, -0.058901, -0.160777, 1, -1, 0.830387,
                -1.169613, 0.850945, -1.149055, 0, 0, -0.333333, 1.333333, -0.333333, 1.333333,
                0, 0, -1.333333, 0.333333, -1.333333, 0.333333,
            ],
            [
                0, 0, 0.120833, 0.120833, 0.086316, 0.086316, 0, 0, -0.011781, -0.011781,
                -0.003885, -0.003885,
            ] + [Double](repeating: 0, count: 12),
            [
                0.237333, -0.776749, -0.237333, 0.776749, 0, 0, -0.073634, 0.059227, 0.073634,
                -0.059227, 0, 0,
            ] + [Double](repeating: 0, count: 12),
            [
                -0.198966, -0.497087, 0.865633, -0.502913, 0, 0, 0.149055, -0.140281, -0.149055,
                0.806948, 0, 0, 0, 0, 0, -0.333333, 0, 0, 0, 0, 0.333333, 0, 0, 0,
            ],
        ]
        for (found, wanted) in zip(found, wanted) {
            #expect(zip(found, wanted).allSatisfy { abs($0 - $1) < 1e-6 })
        }
        #expect(found[0][12..<14] == [0, 0])
    }

    /// What stands behind a place changes nothing of what comes out there.
    @Test func theFutureIsNotSeen() throws {
        let layer = MultiHeadAttention(6, heads: 3, causal: true, rotaryBase: 1000)
        func outputs(_ x: [Double]) throws -> [Double] {
            let pass = try ForwardPass()
            let y = try layer(.input("x", [1, 4, 6]), in: pass)
            return try evaluate(
                [y],
                [("x", x)]
                    + pass.parameters.map {
                        ($0.name, SpaceTable.pattern($0.tensor.shape.count))
                    })[0]
        }
        let x = SpaceTable.pattern(24, step: 5, period: 19)
        var changed = x
        for place in 12..<24 { changed[place] = -changed[place] + 1 }
        let (first, second) = (try outputs(x), try outputs(changed))
        #expect(first[..<12] == second[..<12])
        #expect(first[12...] != second[12...])
    }

    @Test func whatDoesNotFitIsSaid() throws {
        func build(_ layer: some Layer, _ shape: Shape) throws {
            _ = try layer(.input("x", shape), in: ForwardPass())
        }
        #expect(throws: ModelError.sequence(layer: "", width: 6, found: [1, 6])) {
            try build(MultiHeadAttention(6, heads: 2), [1, 6])
        }
        for layer in [
            MultiHeadAttention(6, heads: 4), MultiHeadAttention(6, heads: 0),
            MultiHeadAttention(6, heads: 3, keyValueHeads: 2),
            MultiHeadAttention(6, heads: 2, rotaryBase: 100),
            MultiHeadAttention(6, heads: 3, rotaryBase: 1),
        ] {
            #expect {
                try build(layer, [1, 2, 6])
            } throws: {
                if case .option? = $0 as? ModelError { true } else { false }
            }
        }
        #expect(throws: ModelError.placeCount(layer: "", most: 3, found: 4)) {
            try build(LearnedPositions(3, 2), [1, 4, 2])
        }
        let (q, k) = (try Tensor.input("q", [1, 3, 2, 4]), try Tensor.input("k", [1, 2, 2, 4]))
        #expect(throws: GraphError.self) { try attention(q, k, k) }
        #expect(throws: GraphError.self) { try attention(k, k, k, keyMask: .constant(1, [2, 2])) }
    }
}
