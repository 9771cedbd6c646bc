import Foundation

extension OutputMeaning {
    /// The class that the outputs for one sample stand for, or nil if there are no classes.
    ///
    /// It is the first of the largest logits, or class 1 where the only logit is positive.
    public func predictedClass(_ outputs: some Collection<Float>) -> Int? {
        switch self {
        case .classes:
            var best: (place: Int, logit: Float)?
            for (place, logit) in outputs.enumerated() where logit > best?.logit ?? -.infinity {
                best = (place, logit)
            }
            return best?.place ?? 0
        case .decisions: return (outputs.first ?? 0) > 0 ? 1 : 0
        case .numbers: return nil
        }
    }

    /// The probabilities that the logits of one sample stand for, or nil if there are none: one for each class,
    /// or of a yes for each decision.
    public func probabilities(_ outputs: some Collection<Float>) -> [Float]? {
        switch self {
        case .classes:
            let largest = Double(outputs.max() ?? 0)
            let powers = outputs.map { exp(Double($0) - largest) }
            let sum = powers.reduce(0, +)
            return powers.map { Float($0 / sum) }
        case .decisions: return outputs.map { Float(1 / (1 + exp(-Double($0)))) }
        case .numbers: return nil
        }
    }
}
