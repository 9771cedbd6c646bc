import NNModel
import NNTraining

// A model's last layer gives logits here, and the loss knows what they are: other programs put the softmax into the
// model.
extension TermGraph {
    /// Takes off what makes probabilities of logits at the end of each output, unless they are numbers.
    ///
    /// - Parameter known: What the output at a place is for, if that is known.
    /// - Returns: What the outputs stand for, where their last operator says it.
    mutating func dropProbabilities(for known: (Int) -> OutputMeaning?) -> [OutputMeaning?] {
        var meanings: [OutputMeaning?] = []
        for place in outputs.indices {
            let (logits, meaning) = logits(of: outputs[place].term, for: known(place))
            outputs[place].term = logits
            meanings.append(meaning)
        }
        return meanings
    }

    private func logits(
        of output: Int, for meaning: OutputMeaning?
    ) -> (term: Int, meaning: OutputMeaning?) {
        let inner = unsqueezed(output)
        let term = terms[inner]
        switch term.kind {
        case .function(.softmax) where meaning ?? .classes == .classes:
            return (term.operands[0], .classes)
        case .logSoftmax where meaning ?? .classes == .classes:
            return (term.operands[0], .classes)
        case .function(.sigmoid) where meaning ?? .decisions == .decisions:
            return (term.operands[0], .decisions)
        case .decision where meaning ?? .decisions == .decisions:
            guard case .function(.sigmoid) = terms[term.operands[0]].kind else { break }
            return (terms[term.operands[0]].operands[0], .decisions)
        default: break
        }
        // A row can be made by a layer, and other axes of one place are not worth one.
        let isRow = terms[output].shape?.count == 2
        return (isRow ? output : inner, isRegression ? .numbers : nil)
    }

    /// What an output is without a change of its samples' axes of one place, which changes no number.
    private func unsqueezed(_ output: Int) -> Int {
        guard case .reshaped = terms[output].kind, !terms[output].mergesRows else { return output }
        let operand = terms[output].operands[0]
        guard let new = terms[output].sample, let old = terms[operand].sample,
            !terms[operand].mergesRows, new.filter({ $0 != 1 }) == old.filter({ $0 != 1 })
        else { return output }
        return operand
    }
}
