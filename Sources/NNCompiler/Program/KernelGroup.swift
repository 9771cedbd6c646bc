import NNGraph

/// Operations that a target may compute in one kernel, each in its role.
///
/// A target that cannot lowers the group to several units, with the values between them in memory. The
/// *source* is the operation that the kernel is written for: a product, a reduction, a softmax; there
/// is none in a purely elementwise group, or in a loss whose logits are in memory. A *prologue* computes, element by element, what a reduction reads;
/// an *epilogue* goes on from the source's result while that is in registers. Beside a product there
/// may be the *sums* of its left operand's columns and the *loss* of each row of its result, both with
/// epilogues of their own. Values that only the group itself reads need no memory, except the logits of
/// a fused loss.
package final class KernelGroup {
    /// The sums of the columns of a product's left operand, which its kernel reads anyway.
    package struct ColumnSums {
        /// The reduction.
        package let sums: Tensor
        /// The elementwise operations on its result.
        package internal(set) var epilogue: [Tensor]
    }

    /// What is computed of whole rows of logits: of a source's, or of logits that lie in memory.
    package struct RowLoss {
        /// The softmax cross-entropy of each row, if it is asked for.
        package let value: Tensor?
        /// Its derivative by the logits, if that is asked for.
        package let gradient: Tensor?
        /// The place of the largest logit of each row, if it is asked for.
        package internal(set) var prediction: Tensor?
        /// The elementwise operations on losses and predictions.
        package internal(set) var epilogue: [Tensor] = []
    }

    /// The operation that the kernel is written for.
    package internal(set) var source: Tensor?
    /// The elementwise operations that compute the source's operand, operands before results.
    package internal(set) var prologue: [Tensor] = []
    /// The elementwise operations on the source's result, or all there are without a source.
    package internal(set) var epilogue: [Tensor] = []
    /// What is computed of the columns of a product's left operand.
    package internal(set) var columnSums: ColumnSums?
    /// What is computed of whole rows of logits.
    package internal(set) var loss: RowLoss?
    /// The members that something outside of the group reads, operands before results.
    package internal(set) var outputs: [Tensor] = []

    init() {}

    /// All operations of the group, role by role.
    package var members: [Tensor] {
        var members = prologue
        if let source { members.append(source) }
        members += epilogue
        if let columnSums { members += [columnSums.sums] + columnSums.epilogue }
        if let loss {
            members += [loss.value, loss.gradient, loss.prediction].compactMap(\.self)
            members += loss.epilogue
        }
        return members
    }

    /// Whether there are elementwise operations and nothing else.
    package var isElementwise: Bool { source == nil && loss == nil }

    /// What is read outside of the group of an operation and its epilogue.
    package func outputs(of source: Tensor?, _ epilogue: [Tensor]) -> [Tensor] {
        let own = Set(epilogue)
        return outputs.filter { $0 == source || own.contains($0) }
    }

    /// What is read outside of the group of the source and its epilogue.
    package var mainOutputs: [Tensor] { outputs(of: source, epilogue) }
}
