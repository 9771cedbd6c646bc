import Foundation

/// Measures which kernel is fastest for each product that a graph uses.
///
///     let tuner = Tuner(backend, worker: ["/usr/bin/nngpu", "tune", "--worker"])
///     let file = try tuner.tune(backend.products(of: graph), budget: 60) { print($0) }
///
/// Candidates run in a process of their own. One that does not build, breaks, never ends or is wrong
/// against a product in double precision is dropped. The choice of the rules is the first candidate
/// and gives way only to one that is 5 % faster.
public final class Tuner {
    /// How far a tuning has come.
    public struct Progress: Sendable {
        /// The products looked at so far, this one included.
        public let done: Int
        /// All products.
        public let count: Int
        /// The product.
        public let shape: ProductShape
        /// What was found; nil if the time was too short to tell.
        public let fastest: (method: String, seconds: Double)?
        /// The time of what the rules choose, in seconds.
        public let ruleSeconds: Double?
        /// Candidates that were dropped, and why.
        public let failures: [String]
    }

    private static let leastGain = 0.05

    private let backend: OpenCLBackend
    private let worker: any TrialWorker

    /// Tunes for a backend's device with a worker that is started by a command: the path of an
    /// executable that calls ``serve(on:answer:)`` with such a backend, and its arguments.
    public convenience init(_ backend: OpenCLBackend, worker command: [String]) {
        self.init(backend, WorkerProcess(command))
    }

    init(_ backend: OpenCLBackend, _ worker: any TrialWorker) {
        self.backend = backend
        self.worker = worker
    }

    /// Measures products, the largest first, for at most `budget` seconds and what is just going on.
    ///
    /// - Parameters:
    ///   - shapes: The products.
    ///   - budget: In seconds.
    ///   - report: Called after every product.
    /// - Returns: What the backend knew before, with what was measured now in its place.
    /// - Throws: ``TunerError`` if the worker cannot even run what the rules choose.
    public func tune(
        _ shapes: [ProductShape], budget: Double, report: (Progress) -> Void = { _ in }
    ) throws -> TuningFile {
        let start = ContinuousClock.now
        let known = backend.tuning
        let shapes = Set(shapes).sorted { $0.flops > $1.flops }
        let device = backend.device
        // What was measured for other products holds only with the parameters that it was measured
        // with.
        let isSettled = known?.products.contains {
            $0.choice == .clBlast && !shapes.contains($0.shape)
        }
        let parameters =
            isSettled == true
            ? [known?.clBlastParameters].compactMap(\.self)
            : CLBlastParameters.candidates(for: device)
        var races: [Race] = []
        for (index, shape) in shapes.enumerated() {
            let left = budget - (ContinuousClock.now - start) / .seconds(1)
            guard left > 0 else { break }
            let race = Race(
                shape, with: backend.kernels, by: worker,
                budget: left / Double(shapes.count - index))
            race.run(clBlastParameters: parameters)
            if races.isEmpty, race.rule == nil, let failure = race.failures.first {
                throw TunerError.unusableWorker(device: device.name, reason: failure.reason)
            }
            races.append(race)
            report(progress(race, shape, done: index + 1, count: shapes.count))
        }
        let chosen = Self.parameters(of: races) ?? known?.clBlastParameters
        let measured = races.compactMap { winner(of: $0, with: chosen) }
        let kept = known?.products.filter { product in
            !measured.contains { $0.shape == product.shape }
        }
        return TuningFile(
            key: TuningKey(backend.kernels),
            clBlastParameters: chosen ?? CLBlastParameters(for: device),
            products: measured + (kept ?? []))
    }

    /// The parameters that save the most time over all products, as CLBlast can have one set only;
    /// nil if it wins nowhere.
    private static func parameters(of races: [Race]) -> CLBlastParameters? {
        var saved: [CLBlastParameters: Double] = [:]
        for race in races {
            let own = race.runners.filter { $0.trial.choice != .clBlast }.map(\.seconds).min()
            for runner in race.runners where runner.trial.choice == .clBlast {
                let gain = (own ?? .infinity) - runner.seconds
                saved[runner.trial.clBlastParameters, default: 0] += max(0, gain)
            }
        }
        return saved.filter { $0.value > 0 }.max {
            ($0.value, $1.key.rawValue) < ($1.value, $0.key.rawValue)
        }?.key
    }

    private func winner(of race: Race, with parameters: CLBlastParameters?) -> TuningFile.Product? {
        guard let rule = race.rule else { return nil }
        let fastest =
            race.runners.filter {
                $0.trial.choice != .clBlast || $0.trial.clBlastParameters == parameters
            }.min { $0.seconds < $1.seconds } ?? rule
        let winner = fastest.seconds <= (1 - Self.leastGain) * rule.seconds ? fastest : rule
        return TuningFile.Product(
            shape: winner.trial.shape, choice: winner.trial.choice,
            isRule: winner.trial == rule.trial, seconds: winner.seconds,
            ruleSeconds: rule.seconds, relativeError: winner.relativeError)
    }

    private func progress(_ race: Race, _ shape: ProductShape, done: Int, count: Int) -> Progress {
        let fastest = race.runners.min { $0.seconds < $1.seconds }
        return Progress(
            done: done, count: count, shape: shape,
            fastest: fastest.map { ($0.trial.choice.description, $0.seconds) },
            ruleSeconds: race.rule?.seconds,
            failures: race.failures.map { "\($0.trial.choice): \($0.reason)" })
    }
}

/// Why nothing can be tuned.
public enum TunerError: Error, Equatable, Sendable {
    /// The process that measures cannot run what is known to be good.
    case unusableWorker(device: String, reason: String)
}

extension TunerError: LocalizedError, CustomStringConvertible {
    /// One sentence: what failed, where, and what to do about it.
    public var description: String {
        switch self {
        case .unusableWorker(let device, let reason):
            "nothing can be measured on \(device), as \(reason): check it with `nngpu doctor`"
        }
    }

    /// The same sentence, for `localizedDescription`.
    public var errorDescription: String? { description }
}
