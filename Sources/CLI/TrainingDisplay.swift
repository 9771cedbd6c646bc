import Foundation
import NNGPU

/// What a person sees of a training: a bar on a terminal, a line for each epoch elsewhere.
final class TrainingDisplay {
    private let isQuiet: Bool
    /// What is evaluated after each epoch.
    private let monitored: String
    /// The tokens of a sample; nil where samples are no text.
    private let tokensOfSample: Int?
    private let start = ContinuousClock.now
    private var showsBar = false
    /// The samples of the epoch so far, and how long their steps took.
    private var epoch = (samples: 0.0, seconds: 0.0)

    init(isQuiet: Bool, monitored: String, tokensOfSample: Int?) {
        self.isQuiet = isQuiet
        self.monitored = monitored
        self.tokensOfSample = tokensOfSample
    }

    /// The time since the display was made, in seconds.
    var elapsed: Double { (ContinuousClock.now - start) / .seconds(1) }

    /// Prints what is about to be trained.
    func begin(_ text: String) {
        if !isQuiet { Console.diagnose(text + "\n") }
    }

    /// Shows a report of the trainer.
    func show(_ progress: TrainingProgress) {
        guard !isQuiet else { return }
        if progress.samplesPerSecond > 0 {
            epoch.samples += Double(progress.recent.count)
            epoch.seconds += Double(progress.recent.count) / progress.samplesPerSecond
        }
        let isEnd =
            progress.stepInEpoch == progress.stepsPerEpoch || progress.step == progress.lastStep
        if isEnd {
            end()
            Console.diagnose(epochLine(progress))
            epoch = (0, 0)
        } else if Console.isTerminal {
            Console.redraw(bar(progress))
            showsBar = true
        }
    }

    /// Removes the bar, so that what follows has a line of its own.
    func end() {
        if showsBar { Console.redraw("") }
        showsBar = false
    }

    private func epochLine(_ progress: TrainingProgress) -> String {
        var parts = [
            "epoch \(progress.epoch)", "loss \(progress.epochSoFar.loss.formatted(decimals: 4))",
        ]
        parts += Self.words(for: progress.epochSoFar)
        if let validation = progress.validation {
            parts.append("\(monitored) loss \(validation.loss.formatted(decimals: 4))")
            parts += Self.words(for: validation).map { "\(monitored) \($0)" }
        }
        let rate = epoch.samples / epoch.seconds
        if rate.isFinite { parts.append(speed(rate)) }
        parts.append(elapsed.duration)
        return parts.joined(separator: "  ")
    }

    /// What is shown besides the loss.
    private static func words(for evaluation: Evaluation) -> [String] {
        [
            evaluation.accuracy.map { "accuracy \(($0 * 100).formatted(decimals: 2)) %" },
            evaluation.perplexity.map { "perplexity \($0.formatted(decimals: 3))" },
        ].compactMap(\.self)
    }

    private func speed(_ samplesPerSecond: Double) -> String {
        guard let tokensOfSample else { return "\(Int(samplesPerSecond).grouped) samples/s" }
        return "\(Int(samplesPerSecond * Double(tokensOfSample)).grouped) tokens/s"
    }

    private func bar(_ progress: TrainingProgress) -> String {
        let width = 16
        let filled = width * progress.stepInEpoch / progress.stepsPerEpoch
        let bar =
            String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
        let remaining =
            elapsed / Double(progress.step) * Double(progress.lastStep - progress.step)
        return "epoch \(progress.epoch) \(bar) \(progress.stepInEpoch)/\(progress.stepsPerEpoch)"
            + "  loss \(progress.recent.loss.formatted(decimals: 4))"
            + "  \(speed(progress.samplesPerSecond))  ETA \(remaining.duration)"
    }
}
