import NNCompiler
import NNGraph

/// The loss of each row of a product's result, with its gradient and prediction, computed by the
/// product's kernel.
struct LossEpilogue {
    /// The logits as the kernel's element-wise epilogue has stored them, in contiguous rows.
    let logits: View
    let labels: View
    /// Where the gradient goes, and what it is multiplied by: of each row, or with stride 0 of all.
    var gradient: (result: View, upstream: View)?
    /// The epilogue of the loss and the prediction of each row.
    var results: ElementwiseBody

    /// The prefix of the identifiers that `results` declares in OpenCL C.
    static let prefix = "loss_"

    /// What the kernel calls the loss and the prediction of a row.
    static let (loss, prediction) = ("row_loss", "row_prediction")

    /// What it reads besides the logits.
    var reads: [View] { results.reads + [labels] + [gradient?.upstream].compactMap(\.self) }

    /// What it writes.
    var writes: [View] { results.writes + [gradient?.result].compactMap(\.self) }

    /// The arguments in the order of the parameters.
    var arguments: [KernelCall.Argument] {
        var arguments = results.arguments
        arguments += .view(logits)
        arguments += .view(labels)
        if let (result, upstream) = gradient {
            arguments += .view(upstream)
            arguments += .counts([upstream.strides[0]])
            arguments += .view(result)
        }
        return arguments
    }
}
