import Foundation

/// Something that measures trials and survives them.
protocol TrialWorker {
    /// What comes of a trial over a window of so many seconds, after at most `limit` seconds.
    func outcome(of trial: Trial, window: Double, limit: Double) -> Trial.Outcome
}

/// A trial and how long to measure it, as it travels to a worker: one line of JSON.
struct TrialRequest: Codable {
    let trial: Trial
    /// In seconds.
    let window: Double
}

extension Tuner {
    /// Answers the requests of a tuner in another process until it closes stdin.
    ///
    /// Kernels that nobody has tried may crash a driver or never end: they run in a process that can
    /// be spared.
    ///
    /// - Parameters:
    ///   - backend: The device that is measured.
    ///   - answer: Takes each line of answers to where the other process reads it.
    /// - Throws: What `answer` throws, and `DecodingError` for a request that is none.
    public static func serve(
        on backend: OpenCLBackend, answer: (Data) throws -> Void
    ) throws {
        let bench = TrialBench(backend)
        let (decoder, encoder) = (JSONDecoder(), JSONEncoder())
        encoder.nonConformingFloatEncodingStrategy = .trialWorker
        while let line = readLine() {
            let request = try decoder.decode(TrialRequest.self, from: Data(line.utf8))
            let outcome = bench.outcome(of: request.trial, window: request.window)
            try answer(encoder.encode(outcome) + Data("\n".utf8))
        }
    }
}

extension JSONEncoder.NonConformingFloatEncodingStrategy {
    fileprivate static let trialWorker = Self.convertToString(
        positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
}

/// A child process that measures trials; whatever becomes of it, this process goes on.
final class WorkerProcess: TrialWorker {
    private let command: [String]
    private var child: ChildProcess?

    /// Names the executable and its arguments; it starts with the first trial.
    init(_ command: [String]) {
        self.command = command
    }

    func outcome(of trial: Trial, window: Double, limit: Double) -> Trial.Outcome {
        let deadline = ContinuousClock.now + .seconds(limit)
        do {
            let child = try self.child ?? ChildProcess(command)
            self.child = child
            let request = TrialRequest(trial: trial, window: window)
            try child.send(JSONEncoder().encode(request) + Data("\n".utf8))
            let decoder = JSONDecoder()
            decoder.nonConformingFloatDecodingStrategy = .convertFromString(
                positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
            while true {
                // Drivers may print on stdout, too.
                let line = try child.receiveLine(until: deadline)
                if let outcome = try? decoder.decode(Trial.Outcome.self, from: line) {
                    return outcome
                }
            }
        } catch {
            // The next trial gets a new process.
            child = nil
            return .failed("\(error)")
        }
    }
}
