/// The search for the fastest choice for one shape: a first look at everything, then a race among
/// the fastest against the choice of the rules.
final class Race {
    /// A choice with the times of its windows.
    struct Runner {
        let trial: Trial
        var times: [Double] = []
        var relativeError = 0.0
        var seconds: Double { times.sorted()[times.count / 2] }
    }

    /// The choice of the rules; nil if not even that could be measured.
    private(set) var rule: Runner?
    /// What took part in the last race, the rule's choice among them, with its times there.
    private(set) var runners: [Runner] = []
    /// What was dropped, and why.
    private(set) var failures: [(trial: Trial, reason: String)] = []

    private let shape: ProductShape
    private let kernels: KernelLibrary
    private let worker: any TrialWorker
    private let deadline: ContinuousClock.Instant
    private let budget: Double
    private var seen: Set<Trial> = []

    /// Short against the hiccups of a machine with neighbors: better many windows than long ones.
    private static let window = 0.01
    private static let finalists = 4
    private static let rounds = 15
    /// Fewer say nothing, however short the time.
    private static let leastRounds = 3
    /// What starting a process and compiling for it may take on a busy machine, in seconds.
    private static let leastLimit = 5.0

    /// Prepares a search that may take `budget` seconds.
    init(
        _ shape: ProductShape, with kernels: KernelLibrary, by worker: any TrialWorker,
        budget: Double
    ) {
        self.shape = shape
        self.kernels = kernels
        self.worker = worker
        self.budget = budget
        deadline = .now + .seconds(budget)
    }

    /// Searches among our own kernels and CLBlast with each of the given parameters.
    func run(clBlastParameters: [CLBlastParameters]) {
        let product = shape.product
        let usual = clBlastParameters.first ?? CLBlastParameters(for: kernels.device)
        func trial(_ choice: ProductChoice, _ parameters: CLBlastParameters) -> Trial {
            Trial(shape: shape, choice: choice, clBlastParameters: parameters)
        }
        var found: [Runner] = []
        func look(at trials: [Trial]) {
            for trial in trials where seen.insert(trial).inserted {
                // Half of the time belongs to the race.
                guard left > budget / 2 || found.isEmpty else { return }
                if let runner = measured(Runner(trial: trial)) { found.append(runner) }
            }
        }
        let ruleTrial = trial(.rule(for: product, with: kernels), usual)
        look(at: [ruleTrial])
        guard let ruleRunner = found.first else { return }
        look(
            at: ProductChoice.tiles(for: product, with: kernels)
                .filter { $0.fits(product, with: kernels) }.map { trial($0, usual) })
        // The division of the work matters most for the tile that is best already.
        let best = found.sorted { $0.seconds < $1.seconds }.prefix(2)
        for runner in best {
            let divisions = runner.trial.choice.divisions(of: product, with: kernels)
                .filter { $0.fits(product, with: kernels) }
            look(at: divisions.shuffled().map { trial($0, usual) })
        }
        if ProductChoice.clBlast.method(for: product) != nil {
            look(at: clBlastParameters.map { trial(.clBlast, $0) })
        }
        let others = found.filter { $0.trial != ruleTrial }.sorted { $0.seconds < $1.seconds }
        race([ruleRunner] + others.prefix(Self.finalists))
        rule = runners.first { $0.trial == ruleTrial }
    }

    private var left: Double { (deadline - .now) / .seconds(1) }

    /// Several rounds of short windows in random order, so that a slow moment of the machine hits
    /// nobody in particular.
    private func race(_ starters: [Runner]) {
        var runners = starters.map { Runner(trial: $0.trial, relativeError: $0.relativeError) }
        for round in 0..<Self.rounds where left > 0 || round < Self.leastRounds {
            for index in runners.indices.shuffled() {
                guard let next = measured(runners[index]) else { continue }
                runners[index] = next
            }
            runners.removeAll { runner in failures.contains { $0.trial == runner.trial } }
        }
        self.runners = runners
    }

    /// The runner after another window; nil if it failed or is wrong.
    private func measured(_ runner: Runner) -> Runner? {
        var runner = runner
        // A compiler may take its time, but not that of all others.
        let limit = max(Self.leastLimit, budget / 4)
        switch worker.outcome(of: runner.trial, window: Self.window, limit: limit) {
        case .failed(let reason):
            failures.append((runner.trial, reason))
            return nil
        case .measured(let measurement):
            guard measurement.relativeError <= runner.trial.errorBound else {
                failures.append(
                    (runner.trial, "it is wrong: relative error \(measurement.relativeError)"))
                return nil
            }
            runner.times.append(measurement.seconds)
            runner.relativeError = max(runner.relativeError, measurement.relativeError)
            return runner
        }
    }
}
