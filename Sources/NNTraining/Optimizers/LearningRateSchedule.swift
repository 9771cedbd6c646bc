import Foundation
import NNFiles

/// How the learning rate changes over the steps of a run.
public indirect enum LearningRateSchedule: Sendable, Equatable {
    /// The same rate throughout.
    case constant
    /// Multiplied by `gamma` every `size` steps: `torch.optim.lr_scheduler.StepLR`.
    case step(size: Int, gamma: Double)
    /// Half a cosine from the base rate down to `minimum` at the last step: `CosineAnnealingLR`.
    case cosine(minimum: Double)
    /// Rising evenly over so many steps, then another schedule for the steps that are left.
    ///
    /// The rate is `base · (t + 1)/(steps + 1)`: PyTorch's `LinearLR` from `1/(steps + 1)` on.
    case warmup(steps: Int, then: LearningRateSchedule)

    /// The rate of a step, counted from 0, in a run of `total` steps.
    public func rate(base: Double, step: Int, total: Int) -> Double {
        switch self {
        case .constant:
            return base
        case .step(let size, let gamma):
            return base * pow(gamma, Double(step / size))
        case .cosine(let minimum):
            // A run that goes on beyond the end stays at the minimum instead of rising again.
            let progress = Double(min(step, total)) / Double(max(1, total))
            return minimum + (base - minimum) * (1 + cos(.pi * progress)) / 2
        case .warmup(let steps, let next):
            return step < steps
                ? base * (Double(step) + 1) / (Double(steps) + 1)
                : next.rate(base: base, step: step - steps, total: total - steps)
        }
    }
}

/// The text of a schedule that means nothing.
public struct ScheduleError: Error, Equatable, Sendable, LocalizedError, CustomStringConvertible {
    /// What was written.
    public let text: String

    /// One sentence: what is wrong and what to write instead.
    public var description: String {
        "\(text.excerpt) is no learning-rate schedule: write constant, step:SIZE:GAMMA, "
            + "cosine or cosine:MINIMUM, with warmup:STEPS+ in front if wanted."
    }

    /// The same sentence, for `localizedDescription`.
    public var errorDescription: String? { description }
}

extension LearningRateSchedule: CustomStringConvertible {
    /// Understands `constant`, `step:30:0.1`, `cosine`, `cosine:1e-5` and `warmup:500+cosine`.
    public init(_ text: String) throws(ScheduleError) {
        // Phases lie inside of each other, so text of any length would be nested to any depth.
        guard text.utf8.count <= Self.longest, let schedule = Self.parse(text[...]) else {
            throw ScheduleError(text: text)
        }
        self = schedule
    }

    private static let longest = 200

    private static func parse(_ text: Substring) -> LearningRateSchedule? {
        let phases = text.split(separator: "+", maxSplits: 1, omittingEmptySubsequences: false)
        let words = phases[0].split(separator: ":", omittingEmptySubsequences: false)
        let numbers = words.dropFirst().compactMap { Double($0) }
        guard numbers.count == words.count - 1,
            numbers.allSatisfy({ $0.isFinite && $0 >= 0 })
        else { return nil }
        if words[0] == "warmup", numbers.count == 1, let steps = Int(words[1]) {
            guard phases.count == 2 else { return .warmup(steps: steps, then: .constant) }
            return parse(phases[1]).map { .warmup(steps: steps, then: $0) }
        }
        guard phases.count == 1 else { return nil }
        switch (words[0], numbers.count) {
        case ("constant", 0): return .constant
        case ("step", 2):
            guard let size = Int(words[1]), size >= 1 else { return nil }
            return .step(size: size, gamma: numbers[1])
        case ("cosine", 0): return .cosine(minimum: 0)
        case ("cosine", 1): return .cosine(minimum: numbers[0])
        default: return nil
        }
    }

    /// The text that gives this schedule.
    public var description: String {
        switch self {
        case .constant: "constant"
        case .step(let size, let gamma): "step:\(size):\(gamma)"
        case .cosine(let minimum): minimum == 0 ? "cosine" : "cosine:\(minimum)"
        case .warmup(let steps, let next): "warmup:\(steps)+\(next)"
        }
    }
}
