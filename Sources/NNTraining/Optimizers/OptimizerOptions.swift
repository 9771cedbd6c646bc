import Foundation
import NNFiles

/// What an optimizer that is chosen by name is asked for besides, under PyTorch's names; nil for PyTorch's default.
public struct OptimizerOptions: Codable, Sendable, Equatable {
    /// What the options are called in flags and messages.
    public enum Name: String, Sendable, CaseIterable {
        /// How much of the last change is kept.
        case momentum
        /// Whether momentum is Nesterov's.
        case nesterov
        /// How slowly the means of the gradient and of its square change.
        case betas
        /// What keeps a denominator from 0.
        case epsilon
        /// How slowly the mean of the squared gradient changes, in RMSprop.
        case alpha
        /// How strongly weights are pulled to zero.
        case weightDecay = "weight-decay"
    }

    /// How much of the last change is kept.
    public var momentum: Double?
    /// Whether momentum is Nesterov's.
    public var isNesterov: Bool
    /// How slowly the means of the gradient and of its square change.
    public var betas: Betas?
    /// What keeps a denominator from 0.
    public var epsilon: Double?
    /// How slowly the mean of the squared gradient changes, in RMSprop.
    public var alpha: Double?
    /// How strongly weights are pulled to zero.
    public var weightDecay: Double?

    /// Asks for some options.
    public init(
        momentum: Double? = nil, nesterov: Bool = false, betas: Betas? = nil,
        epsilon: Double? = nil, alpha: Double? = nil, weightDecay: Double? = nil
    ) {
        self.momentum = momentum
        self.isNesterov = nesterov
        self.betas = betas
        self.epsilon = epsilon
        self.alpha = alpha
        self.weightDecay = weightDecay
    }

    /// The options that were asked for, each with its value as a flag has it.
    public var given: [(name: Name, value: String)] {
        [
            (.momentum, momentum.map { "\($0)" }), (.nesterov, isNesterov ? "true" : nil),
            (.betas, betas.map { "\($0)" }), (.epsilon, epsilon.map { "\($0)" }),
            (.alpha, alpha.map { "\($0)" }), (.weightDecay, weightDecay.map { "\($0)" }),
        ].compactMap { name, value in value.map { (name, $0) } }
    }

    /// Throws for options that the rule does not have, and values with which it leads nowhere.
    func check(for rule: OptimizerName) throws(OptimizerOptionError) {
        for (name, _) in given where !rule.options.contains(name) {
            throw OptimizerOptionError(name, .unknown(rule))
        }
        func check(
            _ name: Name, _ values: Double?..., where isAllowed: (Double) -> Bool,
            expected: String
        ) throws(OptimizerOptionError) {
            for value in values.compactMap(\.self) where !isAllowed(value) {
                throw OptimizerOptionError(name, .value(value, expected: expected))
            }
        }
        let isPositive = { (value: Double) in value >= 0 && value.isFinite }
        let isShare = { (value: Double) in (0..<1).contains(value) }
        try check(.momentum, momentum, where: isShare, expected: "from 0 up to but not including 1")
        try check(
            .betas, betas?.first, betas?.second, where: isShare,
            expected: "two numbers from 0 up to but not including 1")
        try check(.epsilon, epsilon, where: isPositive, expected: "a finite number of at least 0")
        try check(.alpha, alpha, where: isShare, expected: "from 0 up to but not including 1")
        try check(
            .weightDecay, weightDecay, where: isPositive, expected: "a finite number of at least 0")
        let usual = rule == .sgd ? 0 : 0.9
        if isNesterov || rule == .nesterov, momentum ?? usual == 0 {
            throw OptimizerOptionError(.nesterov, .withoutMomentum)
        }
    }
}

/// β₁ and β₂ of ``Adam``.
public struct Betas: Codable, Sendable, Equatable, CustomStringConvertible {
    /// How slowly the mean of the gradient changes.
    public let first: Double
    /// How slowly the mean of its square changes.
    public let second: Double

    /// Puts the two together.
    public init(_ first: Double, _ second: Double) {
        (self.first, self.second) = (first, second)
    }

    /// Understands `0.9,0.999`.
    public init?(_ text: String) {
        let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map {
            Double($0.trimmingCharacters(in: .whitespaces))
        }
        guard numbers.count == 2, let first = numbers[0], let second = numbers[1] else {
            return nil
        }
        self.init(first, second)
    }

    /// The text that gives these.
    public var description: String { "\(first),\(second)" }
}

/// An option that an optimizer does not have, or cannot have so.
public struct OptimizerOptionError: Error, Equatable, Sendable {
    /// What is wrong with it.
    public enum Problem: Equatable, Sendable {
        /// The rule has no such option.
        case unknown(OptimizerName)
        /// The value leads nowhere.
        case value(Double, expected: String)
        /// Nesterov's momentum is none.
        case withoutMomentum
    }

    /// The option.
    public let option: OptimizerOptions.Name
    /// What is wrong with it.
    public let problem: Problem

    init(_ option: OptimizerOptions.Name, _ problem: Problem) {
        (self.option, self.problem) = (option, problem)
    }
}

extension OptimizerOptionError: LocalizedError, CustomStringConvertible {
    /// One sentence: what is wrong, and what to do.
    public var description: String {
        switch problem {
        case .unknown(let rule):
            "The optimizer \(rule.rawValue) has no \(option.rawValue): it has "
                + "\(rule.options.map(\.rawValue).joined(separator: ", "))."
        case .value(let value, let expected):
            "The optimizer's \(option.rawValue) cannot be \(value): choose \(expected)."
        case .withoutMomentum:
            "The optimizer's nesterov needs momentum: choose one above 0, such as 0.9."
        }
    }

    /// The same sentence, for `localizedDescription`.
    public var errorDescription: String? { description }
}
