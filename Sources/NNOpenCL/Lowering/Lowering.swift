import NNCompiler
import NNGraph

/// Makes kernel calls of the kernel groups of a graph, for one device.
final class Lowering: CompilerTarget {
    typealias Program = ProgramBuilder<Lowering>

    /// What a unit asks of the device.
    enum Work {
        /// A kernel of `Kernels/`.
        case call(KernelCall)
        /// A product that CLBlast computes.
        case clBlast(BLASProduct)
    }

    let kernels: KernelLibrary
    let products: MatrixProducts
    let memoryLimits: MemoryLimits

    init(_ kernels: KernelLibrary, _ products: MatrixProducts, within memoryLimits: MemoryLimits) {
        self.kernels = kernels
        self.products = products
        self.memoryLimits = memoryLimits
    }

    /// Caches of CPUs have sets; GPUs read columns side by side.
    var padsRows: Bool { kernels.form == .serial }

    var runsUnitsAtOnce: Bool { kernels.form == .serial }

    /// Whether products read operands through several strides a side.
    var gathers: Bool { kernels.form == .serial }

    func lower(_ group: KernelGroup, in program: Program) throws {
        guard let source = group.source else {
            return group.loss == nil
                ? lowerElementwise(group.epilogue, writing: group.outputs, in: program)
                : lowerCrossEntropy(group, in: program)
        }
        switch source.operation {
        case .matmul: try lowerProduct(group, in: program)
        case .reduce: lowerReduction(source, of: group, in: program)
        case .pad(let lower, _, let value): lowerPad(source, from: lower, value, in: program)
        case .fold(let axis, let extent, let windows):
            lowerFold(source, axis, extent, windows, in: program)
        case .argmax(let axis): lowerArgmax(source, axis, in: program)
        case .gather: lowerGather(source, in: program)
        case .scatterAdd(let count): lowerScatter(source, count, in: program)
        case .softmax: lowerRows(source, "softmax", in: program)
        case .logSoftmax: lowerRows(source, "log_softmax", in: program)
        case .logSumExp: lowerRows(source, "log_sum_exp", in: program)
        // Leaves lie in their buffers, views in their operand's; the compiler makes copies of what is
        // concatenated, and all others are never the source of a group.
        case .input, .parameter, .constant, .uniform, .unary, .binary, .convert, .compare, .select,
            .broadcast, .reshape, .transpose, .slice, .windows, .concatenate, .softmaxCrossEntropy,
            .softmaxCrossEntropyGradient:
            break
        }
    }
}

extension ProgramBuilder<Lowering> {
    /// Adds a call that reads some views in any order, and others element by element as it writes.
    func append(
        _ call: KernelCall, reading otherReads: [View] = [],
        loops: [ProgramUnit<Lowering.Work>.Loop]
    ) {
        append(call.label, .call(call), reading: otherReads, loops: loops)
    }
}

extension ElementwiseBody {
    /// What the body reads and writes, element by element.
    var loop: ProgramUnit<Lowering.Work>.Loop { .init(reads: reads, writes: writes) }
}
