import Foundation
import NNFiles

/// A training that cannot begin or go on.
public enum TrainingError: Error, Equatable, Sendable {
    /// A learning rate that is negative or not finite.
    case learningRate(Double)
    /// A limit of the gradient's norm that is not positive.
    case clipNorm(Double)
    /// A number of epochs or steps, samples a batch or steps between reports that is not positive.
    case notPositive(option: String, value: Int)
    /// Early stopping without samples to validate on.
    case patienceWithoutValidation
    /// A training that is to end at a step behind which the trainer is already.
    case alreadyThere(step: Int, end: Int)
    /// The loss became NaN or infinite by this step of this epoch, both counted from 1.
    case notFinite(epoch: Int, step: Int)
    /// A step gave numbers that are not finite, and what was to be done about such steps is done.
    case diverged(Divergence)
    /// The device and the reference differ by more than rounding explains.
    case audit(step: Int, quantity: String, device: Double, reference: Double, bound: Double)
    /// Weights are NaN or infinite after this step, counted from 1.
    case weightsNotFinite(step: Int)
    /// The loss on this data set is NaN or infinite.
    case evaluationNotFinite(dataset: String)
    /// A step of one's own gave a loss that is NaN or infinite, counted from 1.
    case stepNotFinite(step: Int)
    /// Something was read of a step before one was taken.
    case noStep
    /// A group of parameters whose optimizer keeps other states than that of the rest.
    case groupState(String)
    /// Numbers of an input that do not fill whole samples.
    case partialSample(input: String, count: Int, sampleSize: Int)
    /// Inputs of different numbers of samples.
    case inputCounts([String: Int])
}

extension TrainingError: LocalizedError, CustomStringConvertible {
    /// One sentence: what is wrong, where, and what to do.
    public var description: String {
        switch self {
        case .learningRate(let rate):
            "The learning rate \(rate) leads nowhere: choose a finite number of at least 0."
        case .clipNorm(let norm):
            "The gradient cannot be clipped to the norm \(norm): choose a positive number."
        case .notPositive(let option, let value):
            "The \(option) cannot be \(value): choose at least 1."
        case .patienceWithoutValidation:
            "Early stopping needs samples to validate on: give some, or train without patience."
        case .alreadyThere(let step, let end):
            "The trainer has taken \(step) steps and is to train up to step \(end): give a length that counts from the "
                + "first step of all, or make a new trainer."
        case .notFinite(let epoch, let step):
            "The loss is no longer finite in epoch \(epoch), by step \(step): "
                + "lower the learning rate or clip the gradient."
        case .diverged(let divergence):
            divergence.sentence.prefix(1).uppercased() + divergence.sentence.dropFirst()
                + (divergence.source == nil
                    ? "; compare the two with `nngpu check`, and update the driver."
                    : "; lower the learning rate, clip the gradient, or let such steps be skipped.")
        case .audit(let step, let quantity, let device, let reference, let bound):
            "After step \(step) the device computes a \(quantity) of \(Float(device)) and the "
                + "reference \(Float(reference)), further apart than the \(Float(bound)) that "
                + "rounding explains: do not trust these weights, check the device with `nngpu check`, "
                + "and update its driver."
        case .weightsNotFinite(let step):
            "The weights are no longer finite after step \(step): "
                + "lower the learning rate or clip the gradient."
        case .evaluationNotFinite(let dataset):
            "The loss on \(dataset) is not finite: "
                + "scale its features, or use weights from before the training diverged."
        case .stepNotFinite(let step):
            "The loss of step \(step) is not finite: lower the learning rate, clip the gradient, or look for a label or an "
                + "index that is out of range."
        case .noStep: "No step has been taken yet: take one before its outputs are read."
        case .groupState(let pattern):
            "The group \(pattern.excerpt) has an optimizer with other states than that of the rest: "
                + "give it the same kind of optimizer with other options."
        case .partialSample(let input, let count, let sampleSize):
            "\(count) numbers of \(input.excerpt) do not fill samples of \(sampleSize): give a multiple of that."
        case .inputCounts(let counts):
            "The inputs have different numbers of samples, "
                + counts.sorted { $0.key < $1.key }.map { "\($0.key.printable) \($0.value)" }
                .joined(separator: " and ") + ": give as many of each."
        }
    }

    /// The same sentence, for `localizedDescription`.
    public var errorDescription: String? { description }
}
