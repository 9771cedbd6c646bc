import NNGraph
import NNReference

@testable import NNOpenCL

/// A matrix product with bias and ReLU, as every kernel of products must compute it.
struct ProductEntry: Sendable {
    let entry: ConformanceCase
    let values: [Values]
    /// What a result must lie within.
    let bounds: [Bounded]
    /// The length of the sums.
    let k: Int
    let transposes: (a: Bool, b: Bool)

    private init(
        _ m: Int, _ k: Int, _ n: Int, batchOfA: [Int] = [], batchOfB: [Int] = [],
        transposeA: Bool, transposeB: Bool
    ) throws {
        let a = Shape(batchOfA + (transposeA ? [k, m] : [m, k]))
        let b = Shape(batchOfB + (transposeB ? [n, k] : [k, n]))
        let how = "\(a)\(transposeA ? "ᵀ" : "") · \(b)\(transposeB ? "ᵀ" : "")"
        entry = ConformanceCase("relu(\(how) + bias)", [.real(a), .real(b), .real([n])]) { x in
            let product = try matmul(
                x[0], x[1], transposeA: transposeA, transposeB: transposeB)
            return try relu(product + x[2])
        }
        values = entry.values()
        self.k = k
        transposes = (transposeA, transposeB)
        let reference = ReferenceBackend<Bounded>()
        bounds = try reference.bounds(
            of: run(entry.graph(), on: reference, inputs: values).buffer(named: "y"))
    }

    /// All readings of both operands.
    private static func readings(
        _ m: Int, _ k: Int, _ n: Int, batchOfA: [Int] = [], batchOfB: [Int] = []
    ) throws -> [ProductEntry] {
        try [(false, false), (false, true), (true, false), (true, true)].map {
            try ProductEntry(
                m, k, n, batchOfA: batchOfA, batchOfB: batchOfB, transposeA: $0, transposeB: $1)
        }
    }

    /// Sizes around single elements, blocks and slices, odd ones and multiples of four, alone and
    /// in batches that may share an operand.
    static let all = Result {
        try readings(1, 37, 19) + readings(23, 1, 1) + readings(33, 65, 31)
            + readings(64, 64, 64) + readings(70, 24, 137) + readings(132, 40, 68)
            + readings(5, 300, 3) + readings(20, 260, 36)
            + readings(17, 9, 6, batchOfA: [3], batchOfB: [3])
            + readings(17, 9, 6, batchOfA: [3]) + readings(17, 9, 6, batchOfB: [2, 3])
            + readings(8, 60, 12, batchOfA: [3], batchOfB: [3])
    }

    /// A few in which both operands are loaded along and across the sums, in fours and one by one.
    ///
    /// Every way of loading is a program of its own, and PoCL takes a second or two for each.
    static let few = Result {
        [
            try ProductEntry(33, 65, 31, transposeA: false, transposeB: true),
            try ProductEntry(64, 64, 64, transposeA: true, transposeB: false),
            try ProductEntry(132, 40, 68, transposeA: true, transposeB: false),
            try ProductEntry(70, 24, 137, transposeA: true, transposeB: true),
            try ProductEntry(20, 260, 36, transposeA: false, transposeB: false),
            try ProductEntry(5, 300, 3, transposeA: false, transposeB: true),
            try ProductEntry(17, 9, 6, batchOfB: [2, 3], transposeA: false, transposeB: true),
        ]
    }

    /// Those that a simulator computes in seconds.
    static let small = Result {
        try readings(1, 5, 19) + readings(19, 1, 1) + readings(9, 21, 17) + readings(8, 20, 24)
            + readings(5, 9, 6, batchOfA: [3])
    }
}

extension ProductChoice {
    /// Kernels with divisions that leave rests of all kinds, for vectors of up to 16 floats.
    static let thorough: [ProductChoice] =
        [blocks[3]] + panels + dots + [.clBlast]

    /// The other divisions of GPU kernels.
    static let others: [ProductChoice] = (blocks + blocksInParts).filter { !thorough.contains($0) }

    private static let blocks: [ProductChoice] = BlockTile.candidates.map { .block($0) }

    private static let blocksInParts: [ProductChoice] = [3, 7, 8].map { place in
        var tile = BlockTile.candidates[place]
        tile.parts = place
        return .block(tile)
    }

    /// Those that a simulator computes in seconds; CLBlast's kernels are not ours to check.
    static let small: [ProductChoice] = blocksInParts + panels + dots

    private static let panels: [ProductChoice] = [
        .panel(PanelTile(rows: 3, vectors: 1, strips: 1, blockRows: 6, depth: 7)),
        .panel(PanelTile(rows: 8, vectors: 2, strips: 2, blockRows: 16)),
        .panel(PanelTile(rows: 6, vectors: 2, strips: 1, blockRows: 24, depth: 64)),
    ]

    private static let dots: [ProductChoice] = [
        .dot(DotTile(rows: 3, blockRows: 9, blockColumns: 16)),
        .dot(DotTile(rows: 6, blockRows: 6, blockColumns: 48)),
    ]

    /// The form of the device that the kernel is meant for.
    var form: KernelForm {
        switch self {
        case .panel, .dot: .serial
        case .block, .clBlast: .workgroup
        }
    }

    /// The launches of a product with its epilogue, or nil if the kernel is not for its layout.
    func launchCount(_ entry: ProductEntry) -> Int? {
        switch self {
        case .panel: return 1
        case .dot: return entry.transposes == (false, true) ? 1 : nil
        case .block(let tile):
            let partDepth = ((entry.k - 1) / (tile.parts * tile.blockDepth) + 1) * tile.blockDepth
            return entry.k > partDepth ? 2 : 1
        case .clBlast: return 2
        }
    }
}
