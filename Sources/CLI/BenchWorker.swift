import Benchmarks
import Foundation
import NNGPU

/// The line protocol of `Benchmarks/peers`: each line on stdin is a request, answered by one line.
///
/// Both are JSON objects. A request with the case of the one before is one more window of the same
/// work; any other case replaces it, so that a process holds the data of one case at a time. What
/// goes wrong is answered as `error`, and the next line is served.
struct BenchWorker {
    /// What is asked for; which members matter depends on the subject.
    struct Request: Decodable, Equatable {
        enum Subject: String, Decodable {
            case hello, peak, matmul, step, kernels, convolutions, train
        }

        let subject: Subject
        var m, n, k: Int?
        var layout: String?
        var model: String?
        var batch: Int?
        var optimizer: String?
        var name: KernelCase.Name?
        var rows, columns: Int?
        var convolution: ConvolutionCase?
        var seed: UInt64?
        var window: Double?
    }

    /// What is answered.
    struct Reply: Codable {
        var device: String?
        var version: String?
        var seconds: Double?
        var hostSeconds: Double?
        var repetitions: Int?
        var launches: Int?
        var peakResidentBytes: Int?
        var peak: DevicePeak?
        var training: TimeToAccuracy.Outcome?
        /// What went wrong.
        var error: String?
        /// The exit code that a command would have ended with.
        var code: Int32?
    }

    private let backend: any Backend
    private var current: (request: Request, work: RepeatedWork, launches: Int?)?

    init(on backend: any Backend) { self.backend = backend }

    /// Answers until stdin ends.
    mutating func serve() throws {
        while let line = readLine() {
            var reply: Reply
            do {
                reply = try answer(JSONDecoder().decode(Request.self, from: Data(line.utf8)))
            } catch {
                reply = Reply(error: "\(error)", code: Failure.code(of: error))
            }
            try StandardStream.writeResult(JSONEncoder().encode(reply) + Data("\n".utf8))
        }
    }

    private mutating func answer(_ request: Request) throws -> Reply {
        switch request.subject {
        case .hello:
            return Reply(
                device: backend.name, version: NNGPUCommand.configuration.version)
        case .peak:
            return Reply(peak: try (backend as? OpenCLBackend)?.measurePeak())
        case .train:
            current = nil
            return Reply(training: try TimeToAccuracy.run(on: backend, seed: request.seed ?? 0))
        case .matmul, .step, .kernels, .convolutions:
            if current?.request != request {
                // The memory of the case before is free before the next one is made.
                current = nil
                let work = try workload(of: request)
                let repeated = try RepeatedWork(work, on: backend)
                let launches = try (work as? StepWorkload).flatMap {
                    try StepSuite.launches(of: $0, on: backend)
                }
                current = (request, repeated, launches)
            }
            guard let current else { return Reply() }
            let window = try current.work.window(of: request.window ?? 0.1)
            return Reply(
                seconds: window.seconds, hostSeconds: window.hostSeconds,
                repetitions: window.repetitions, launches: current.launches,
                peakResidentBytes: TimeToAccuracy.peakResidentBytes)
        }
    }

    private func workload(of request: Request) throws -> any Workload {
        if request.subject == .matmul, let m = request.m, let n = request.n, let k = request.k,
            let layout = request.layout
        {
            return try MatMulWorkload(MatMulShape(m: m, n: n, k: k, layout: layout), on: backend)
        }
        if request.subject == .step, let batch = request.batch,
            let optimizer = request.optimizer.flatMap(OptimizerName.init)
        {
            return try StepWorkload(
                StepModel(given: request.model ?? StepModel.names[0]), batchSize: batch,
                optimizer: optimizer, on: backend)
        }
        if request.subject == .kernels, let name = request.name, let rows = request.rows,
            let columns = request.columns
        {
            return try KernelWorkload(KernelCase(name, rows, columns), on: backend)
        }
        if request.subject == .convolutions, let convolution = request.convolution {
            return try ConvolutionWorkload(convolution, on: backend)
        }
        throw BenchmarkError.unknownCase("\(request)")
    }
}
