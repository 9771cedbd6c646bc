import ArgumentParser
import Foundation
import NNGPU

/// What is asked of a process that runs a driver's kernels for another one.
struct ProbeRequest: Codable {
    let subject: ProbeSubject
    let workarounds: Workarounds
}

/// A line that it answers.
struct ProbeLine: Codable {
    /// What it is about to do, which says what went wrong if nothing else comes.
    var doing: String?
    var verdict: ProbeVerdict?
}

/// What a probe found.
enum ProbeVerdict: Codable {
    case right
    /// The driver computes something else, refuses something, or does not survive it.
    case wrong(String)
    /// Nothing is known: memory or time did not suffice.
    case unknown(String)
}

/// `nngpu probe`, which nobody calls but another `nngpu`: reads a request from stdin, and answers on
/// stdout.
struct Probe: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Runs a training's kernels for another process.", shouldDisplay: false)

    @OptionGroup var device: DeviceOption

    func run() throws {
        // A request without words only looks whether drivers start.
        guard let device = try device.device.openCLDevice(), let line = readLine(), !line.isEmpty
        else { return }
        let request = try JSONDecoder().decode(ProbeRequest.self, from: Data(line.utf8))
        let verdict = Self.verdict(on: device, request) { doing in
            try? Self.answer(ProbeLine(doing: doing))
        }
        try Self.answer(ProbeLine(verdict: verdict))
    }

    private static func answer(_ line: ProbeLine) throws {
        try StandardStream.writeResult(JSONEncoder().encode(line) + Data("\n".utf8))
    }

    /// Runs the kernels in this process.
    static func verdict(
        on device: Device, _ request: ProbeRequest, telling listener: @escaping (String) -> Void
    ) -> ProbeVerdict {
        do {
            let backend = try OpenCLBackend(device, workarounds: request.workarounds)
            backend.narrateBuilds(to: listener)
            do {
                try request.subject.probe().check(backend) {
                    try backend.runNarrated($0, to: listener)
                }
                return .right
            } catch let difference as StepProbe.Difference {
                let culprit = try culprit(of: request.subject, on: backend, listener)
                return .wrong("\(difference)\(culprit)")
            }
        } catch OpenCLError.outOfMemory(let bytes, let name) {
            return .unknown("\(OpenCLError.outOfMemory(bytes: bytes, device: name))")
        } catch {
            return .wrong("\(error)")
        }
    }

    /// Which kernel is wrong by itself, in words that follow what was noticed.
    private static func culprit(
        of subject: ProbeSubject, on backend: OpenCLBackend,
        _ listener: @escaping (String) -> Void
    ) throws -> String {
        let size =
            subject.batchSize ?? subject.evaluationBatchSize ?? subject.predictionBatchSize ?? 1
        let graphs = try subject.graphs()
        let graph =
            subject.batchSize == nil
            ? try graphs.prediction(batchSize: size)
            : try graphs.step(
                sampleCount: size, batchSize: size,
                features: ElementType(rawValue: subject.features) ?? .float)
        let wrong = try OperationProbe.firstWrong(of: graph, on: backend) {
            try backend.runNarrated($0, to: listener)
        }
        guard let (operation, executable) = wrong else {
            let step = try backend.kernelNames(of: backend.compile(graph))
            return " (each operation by itself is right, in the kernels "
                + "\(Array(Set(step)).sorted().joined(separator: ", ")) it is not)"
        }
        let kernels = backend.kernelNames(of: executable).joined(separator: ", ")
        return " (\(operation) is wrong by itself, in the kernel \(kernels))"
    }
}
