import NNGraph
import Testing

@testable import NNOpenCL

@Suite(.enabled(if: Testbed.hasDevice)) struct TunerTests {
    private let backend: OpenCLBackend

    init() throws {
        backend = try OpenCLBackend(Device.at(0))
        backend.tuning = nil
    }

    /// A worker of whose answers a test decides.
    private struct Oracle: TrialWorker {
        let answer: (Trial) -> Trial.Outcome
        func outcome(of trial: Trial, window: Double, limit: Double) -> Trial.Outcome {
            answer(trial)
        }
    }

    private func measured(_ seconds: Double, error: Double = 1e-8) -> Trial.Outcome {
        .measured(.init(seconds: seconds, relativeError: error))
    }

    private func tune(
        _ shapes: [ProductShape], _ answer: @escaping (Trial) -> Trial.Outcome
    ) throws -> TuningFile {
        try Tuner(backend, Oracle(answer: answer)).tune(shapes, budget: 5)
    }

    private let shape = ProductShape.shape(96, 80, 64, "NN")
    private var rule: ProductChoice { .rule(for: shape.product, with: backend.kernels) }

    // MARK: - Choosing

    @Test(arguments: [(0.9, true), (0.94, true), (0.97, false), (1.1, false)])
    func theRuleGivesWayToAClearWinOnly(time: Double, wins: Bool) throws {
        let file = try tune([shape]) { measured($0.choice == rule ? 1 : time) }
        let product = try #require(file.product(of: shape))
        #expect(product.isRule == !wins && (product.choice == rule) == !wins)
        #expect(product.ruleSeconds == 1 && product.seconds == (wins ? time : 1))
        #expect(file.choice(for: shape) == product.choice)
    }

    @Test func whatIsWrongOrFailsIsDropped() throws {
        let outcomes: [Trial.Outcome] = [
            measured(0.1, error: 1e-3), measured(0.1, error: .infinity), .failed("it crashed"),
        ]
        for outcome in outcomes {
            let file = try tune([shape]) { $0.choice == rule ? measured(1) : outcome }
            #expect(file.product(of: shape)?.isRule == true)
        }
        // Also if it is right at first.
        var isFirst: Set<ProductChoice> = []
        let file = try tune([shape]) { trial in
            if trial.choice == rule { return measured(1) }
            return isFirst.insert(trial.choice).inserted ? measured(0.1) : .failed("it hung")
        }
        #expect(file.product(of: shape)?.isRule == true)
    }

    @Test func aWorkerThatCannotRunTheRuleIsAnError() {
        #expect(
            throws: TunerError.unusableWorker(device: backend.device.name, reason: "no device")
        ) { try tune([shape]) { _ in .failed("no device") } }
    }

    @Test func clBlastGetsTheParametersThatSaveTheMost() throws {
        guard backend.device.kind == .cpu else { return }
        let other = ProductShape.shape(40, 80, 64, "NN")
        func answer(_ trial: Trial) -> Trial.Outcome {
            guard trial.choice == .clBlast else { return measured(1) }
            switch (trial.shape, trial.clBlastParameters) {
            case (shape, .scalars): return measured(0.1)
            case (other, .registers): return measured(0.5)
            default: return measured(0.9)
            }
        }
        let file = try tune([shape, other], answer)
        #expect(file.clBlastParameters == .scalars)
        #expect(file.product(of: shape)?.seconds == 0.1)
        #expect(file.product(of: other)?.seconds == 0.9)
        // What holds for these products, a later tuning of others must leave alone.
        backend.tuning = file
        let third = ProductShape.shape(50, 80, 64, "NN")
        let later = try tune([third]) { trial in
            measured(trial.clBlastParameters == .registers ? 0.01 : 1)
        }
        #expect(later.clBlastParameters == .scalars)
        #expect(later.products.count == 3 && later.product(of: shape) == file.product(of: shape))
    }

    // MARK: - Measuring

    static let shapes: [ProductShape] = [
        .shape(33, 20, 40, "NN"), .shape(33, 20, 40, "NT", reads: 1),
        .shape(33, 20, 40, "TN", reads: 3, writes: 3), .shape(33, 20, 40, "TT", writes: 2),
        .shape(1, 20, 40, "NT"), .shape(12, 9, 33, "NT", batchCount: 3, reads: 2),
        .shape(12, 9, 33, "NN", batchCount: 3, sharesB: true),
        .shape(40, 24, 17, "TN", reads: 2, writes: 1, padding: 5),
    ]

    @Test(arguments: shapes)
    func theGraphOfAShapeHasAProductOfThatShape(shape: ProductShape) throws {
        #expect(try backend.products(of: shape.graph()) == [shape])
        #expect(
            ProductShape(shape.product, reads: shape.reads, writes: shape.writes) == shape)
    }

    @Test(arguments: shapes)
    func everyCandidateIsRight(shape: ProductShape) throws {
        let bench = TrialBench(backend)
        let product = shape.product
        let tiles = ProductChoice.tiles(for: product, with: backend.kernels)
        let divisions = tiles.prefix(1).flatMap { $0.divisions(of: product, with: backend.kernels) }
        for choice in tiles + divisions.suffix(3) + [.clBlast] {
            let trial = Trial(
                shape: shape, choice: choice,
                clBlastParameters: CLBlastParameters(for: backend.device))
            guard case .measured(let result) = bench.outcome(of: trial, window: 0) else {
                Issue.record("\(choice): \(bench.outcome(of: trial, window: 0))")
                continue
            }
            #expect(result.relativeError <= trial.errorBound, "\(choice)")
            #expect(result.seconds > 0 && result.seconds.isFinite, "\(choice)")
        }
    }

    @Test func aDivisionThatDoesNotFitFails() {
        let tile = PanelTile(rows: 4, vectors: 2, strips: 1 << 16, blockRows: 32, depth: 2048)
        let trial = Trial(shape: shape, choice: .panel(tile), clBlastParameters: .vectors)
        guard case .failed = TrialBench(backend).outcome(of: trial, window: 0) else {
            Issue.record("it was measured")
            return
        }
    }

    /// The definition itself, on a product that can be checked by hand.
    @Test func theReferenceIsTheDefinition() {
        let shape = ProductShape.shape(2, 2, 3, "TN")
        // A is stored as [k, m].
        let reference = ReferenceProduct(
            of: shape, a: [1, 4, -2, 5, 3, -6], b: [1, 2, 3, 4, 5, 6])
        #expect(reference.rows == [0, 1])
        #expect(reference.elements == [10, 12, -11, -8])
        #expect(reference.magnitudes == [22, 28, 49, 64])
    }

    // MARK: - The process

    private func worker(_ script: String) -> WorkerProcess {
        WorkerProcess(["/bin/sh", "-c", script])
    }

    private var trial: Trial { Trial(shape: shape, choice: rule, clBlastParameters: .vectors) }
    private static let answer = #"{"measured":{"_0":{"seconds":0.5,"relativeError":0}}}"#

    @Test func aWorkerAnswersAmongTheNoiseOfDrivers() {
        let worker = worker(
            "while read line; do echo driver: warning; echo '\(Self.answer)'; done")
        for _ in 0..<3 {
            #expect(worker.outcome(of: trial, window: 0, limit: 10) == measured(0.5, error: 0))
        }
    }

    @Test(arguments: [
        ("read line; kill -SEGV $$", "signal 11"), ("read line; exit 3", "status 3"),
        ("read line; sleep 100", "too long"), ("exec sleep 100", "too long"),
        ("while read line; do echo noise; done", "too long"),
    ])
    func aWorkerThatCrashesOrHangsIsReplaced(script: String, reason: String) async throws {
        try await withTemporaryFolder { folder throws in
            // The second process finds what the first one left.
            let worker = worker(
                "[ -e \(folder)/x ] && while read line; do echo '\(Self.answer)'; done; "
                    + "touch \(folder)/x; \(script)")
            let start = ContinuousClock.now
            guard case .failed(let text) = worker.outcome(of: trial, window: 0, limit: 1) else {
                Issue.record("it answered")
                return
            }
            #expect(text.contains(reason))
            #expect(ContinuousClock.now - start < .seconds(5))
            #expect(worker.outcome(of: trial, window: 0, limit: 10) == measured(0.5, error: 0))
        }
    }

    @Test func aWorkerThatDoesNotExistIsSaidToBeMissing() {
        guard
            case .failed(let text) = WorkerProcess(["/no/such"]).outcome(
                of: trial, window: 0, limit: 1)
        else {
            Issue.record("it answered")
            return
        }
        #expect(text.contains("/no/such"))
    }
}
