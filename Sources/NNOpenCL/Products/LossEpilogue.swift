import NNCompiler
import NNGraph

/// What a kernel makes of whole rows of a product as logits.
struct LossEpilogue {
    /// What the element by element part of the kernel has stored, rows that are runs.
    let logits: View
    let labels: View
    /// Where the gradient goes, and what it is multiplied by: of each row, or with stride 0 of all.
    var gradient: (result: View, upstream: View)?
    /// What becomes of the loss and the prediction of each row.
    var results: ElementwiseBody

    /// What the names of `results` begin with.
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
