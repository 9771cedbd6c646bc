import ArgumentParser
import NNGPU

/// The flags that say how a step uses the gradient, with PyTorch's names and meaning.
struct OptimizerFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The update rule: sgd, momentum and nesterov are PyTorch's SGD with momentum 0, 0.9 and Nesterov's 0.9."
        ))
    var optimizer: OptimizerName = .adam

    @Option(
        name: [.customLong("learning-rate"), .customLong("lr")],
        help: "The learning rate (default: PyTorch's, 0.001; rmsprop 0.01).")
    var learningRate: Double?

    @Option(help: "How much of the last change a step keeps (sgd, momentum, nesterov, rmsprop).")
    var momentum: Double?

    @Flag(help: "Use Nesterov's momentum (sgd, momentum).")
    var nesterov = false

    @Option(
        help: ArgumentHelp(
            "How slowly the means of the gradient and of its square change (adam, adamw; default: 0.9,0.999).",
            valueName: "first,second"))
    var betas: Betas?

    @Option(help: "What keeps a denominator from 0 (adam, adamw, rmsprop; default: 1e-08).")
    var epsilon: Double?

    @Option(help: "How slowly the mean of the squared gradient changes (rmsprop; default: 0.99).")
    var alpha: Double?

    @Option(help: "Weight decay (default: PyTorch's, 0.01 for adamw, else 0).")
    var weightDecay: Double?

    @Option(
        help: ArgumentHelp(
            "What weight decay pulls to zero: all parameters, as PyTorch does, or matrices alone, as trainings of "
                + "language models do, without biases and the weights of normalizations."))
    var decay: Decayed = .all

    /// What weight decay acts on.
    enum Decayed: String, CaseIterable, Codable, ExpressibleByArgument {
        case all, matrices

        /// The parameters that an optimizer with such options treats otherwise.
        func groups(
            _ optimizer: OptimizerName, _ options: OptimizerOptions
        ) throws -> [ParameterGroup] {
            guard self == .matrices else { return [] }
            var options = options
            options.weightDecay = 0
            return [
                ParameterGroup(ParameterLayout.vectors, optimizer: try optimizer.optimizer(options))
            ]
        }
    }

    /// What the optimizer is asked for.
    var options: OptimizerOptions {
        OptimizerOptions(
            momentum: momentum, nesterov: nesterov, betas: betas, epsilon: epsilon, alpha: alpha,
            weightDecay: weightDecay)
    }

    /// The update rule.
    var rule: any Optimizer {
        get throws { try optimizer.optimizer(options) }
    }

    /// The parameters that it treats otherwise.
    var groups: [ParameterGroup] {
        get throws { try decay.groups(optimizer, options) }
    }

    /// The learning rate before the schedule changes it.
    var rate: Double { learningRate ?? optimizer.defaultLearningRate }

    /// The name of the rule with the options that were asked for, as people are told.
    var words: String {
        let given = options.given.map { name, value in
            name == .nesterov ? name.rawValue : "\(name.rawValue) \(value)"
        }
        let all = given + (decay == .all ? [] : ["decay of matrices alone"])
        return optimizer.rawValue + (all.isEmpty ? "" : " (\(all.joined(separator: ", ")))")
    }

    func validate() throws {
        do { _ = try optimizer.optimizer(options) } catch {
            let sentence = error.description
            throw ValidationError(
                "--\(error.option.rawValue): \(sentence.prefix(1).lowercased())\(sentence.dropFirst())"
            )
        }
    }
}

extension OptimizerName: ExpressibleByArgument {}

extension Betas: ExpressibleByArgument {
    /// Reads what `--betas` was given.
    public init?(argument: String) { self.init(argument) }
}
