import CKernels

/// A file of `Kernels/`, embedded in the binary.
enum KernelFile: String, CaseIterable {
    case argmax
    case chain
    case columns
    case common
    case elementwise
    case fold
    case gather
    case gathered
    case logits
    case matmulBlock = "matmul_block"
    case matmulDot = "matmul_dot"
    case matmulPanel = "matmul_panel"
    case matmulParts = "matmul_parts"
    case pad
    case panelPacking = "panel_packing"
    case peak
    case random
    case reduceColumns = "reduce_columns"
    case reduceComputedColumns = "reduce_computed_columns"
    case reduceRows = "reduce_rows"
    case scatterAdd = "scatter_add"
    case softmax
    case softmaxCrossEntropy = "softmax_cross_entropy"
    case winograd
    case winogradGradient = "winograd_gradient"
    case winogradPlaces = "winograd_places"
    case winogradSums = "winograd_sums"
    case winogradWeights = "winograd_weights"

    /// The OpenCL C of the file; empty only if `CKernels.c` does not list it, which a test forbids.
    var text: String { kernel_source(rawValue).map { String(cString: $0) } ?? "" }

    /// The text with one kernel only, as drivers compile all kernels of a program, used or not.
    ///
    /// A kernel begins in a line that starts with `__kernel` or `SERIAL_KERNEL`, and ends with a line that
    /// is `}`.
    func text(withOnly kernel: String) -> String {
        var isKept = true
        return text.split(separator: "\n", omittingEmptySubsequences: false).filter { line in
            if ["__kernel ", "SERIAL_KERNEL "].contains(where: line.hasPrefix) {
                isKept = line.contains(" \(kernel)(")
            }
            defer { if line == "}" { isKept = true } }
            return isKept
        }.joined(separator: "\n")
    }

    /// Whether its form for CPUs is a function that can share a launch with others (`chain`).
    var isChainable: Bool {
        switch self {
        case .argmax, .elementwise, .fold, .gather, .matmulDot, .matmulPanel, .pad, .reduceColumns,
            .reduceComputedColumns, .reduceRows, .scatterAdd, .softmax, .softmaxCrossEntropy,
            .winograd, .winogradGradient, .winogradSums, .winogradWeights:
            true
        case .chain, .columns, .common, .gathered, .logits, .matmulBlock, .matmulParts,
            .panelPacking, .peak, .random, .winogradPlaces:
            false
        }
    }

    /// The files that look the same wherever they are needed.
    static let shared: [KernelFile] = [.common, .random]

    /// The files that it needs to stand before it.
    var needed: [KernelFile] {
        switch self {
        case .argmax, .softmaxCrossEntropy: [.common, .logits]
        case .elementwise, .matmulBlock, .matmulParts: [.common, .random]
        case .matmulDot: [.common, .random, .logits]
        case .matmulPanel: [.common, .random, .columns, .gathered, .panelPacking]
        case .reduceColumns, .reduceComputedColumns, .reduceRows: [.common, .random, .columns]
        case .winograd: [.common, .random, .winogradPlaces]
        case .winogradGradient: [.common, .winogradPlaces]
        default: [.common]
        }
    }
}
