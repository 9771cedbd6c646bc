import Foundation
import NNGraph
import NNModel

/// How the next token is chosen from what a model says of each.
///
/// The logits are divided by the temperature, all but the `topK` likeliest tokens are left out (Fan et al., 2018), of the
/// rest all but the fewest likeliest that have `topP` of the probability (Holtzman et al., 2020), and one of those is
/// drawn. Which, depends on the seed and on its place in the text alone.
public struct TokenSampling: Sendable, Equatable {
    /// What logits are divided by; with 0 the likeliest token is taken.
    public let temperature: Double
    /// How many tokens are chosen from at most; nil for all.
    public let topK: Int?
    /// How much of the probability they have at least, above 0 and up to 1.
    public let topP: Double
    /// What the draws depend on.
    public let seed: UInt64

    /// Describes a choice.
    ///
    /// - Throws: ``GenerationError/option(name:value:expected:)``.
    public init(
        temperature: Double = 1, topK: Int? = nil, topP: Double = 1, seed: UInt64 = 0
    ) throws(GenerationError) {
        guard temperature >= 0, temperature.isFinite else {
            throw .option(
                name: "temperature", value: "\(temperature)",
                expected: "a finite number of at least 0")
        }
        guard topK ?? 1 >= 1 else {
            throw .option(
                name: "number of tokens to choose from", value: "\(topK ?? 0)",
                expected: "at least 1")
        }
        guard topP > 0, topP <= 1 else {
            throw .option(
                name: "probability of the tokens to choose from", value: "\(topP)",
                expected: "a number above 0 and up to 1")
        }
        self.temperature = temperature
        self.topK = topK
        self.topP = topP
        self.seed = seed
    }

    /// Chooses a token.
    ///
    /// - Parameters:
    ///   - logits: What the model says of each token.
    ///   - place: How many tokens have been chosen before.
    /// - Returns: The token.
    /// - Throws: ``GenerationError/notFinite(place:)`` for logits of which none is the largest.
    public func token(from logits: [Float], place: Int) throws(GenerationError) -> Int {
        // Of equal ones the first comes first, so that the order is one and the same everywhere.
        let all = logits.indices.sorted { (logits[$0], $1) > (logits[$1], $0) }
        guard let first = all.first, logits.allSatisfy({ !$0.isNaN }), logits[first].isFinite
        else { throw .notFinite(place: place) }
        guard temperature > 0 else { return first }
        let likely = all.prefix(topK ?? all.count)
        let weights = likely.map { exp(Double(logits[$0] - logits[first]) / temperature) }
        let kept = Self.count(having: topP, of: weights)
        let total = weights.prefix(kept).reduce(0, +)
        let drawn = Philox(seed: seed).uniform(
            index: UInt64(place), step: 0, stream: RandomStream.generation)
        var rest = Double(drawn) * total
        for (token, weight) in zip(likely, weights).prefix(kept) {
            rest -= weight
            if rest < 0 { return token }
        }
        // Rounding may leave a little after the last one.
        return likely[kept - 1]
    }

    /// How many of the first weights have such a share of all.
    private static func count(having share: Double, of weights: [Double]) -> Int {
        guard share < 1 else { return weights.count }
        let wanted = share * weights.reduce(0, +)
        var sum = 0.0
        for (place, weight) in weights.enumerated() {
            sum += weight
            if sum >= wanted { return place + 1 }
        }
        return weights.count
    }
}
