import Foundation
import NNGraph
import Testing

@testable import NNOpenCL

@Suite(.enabled(if: Testbed.hasDevice)) struct TuningFileTests {
    private let backend: OpenCLBackend
    private let key: TuningKey
    private let panel = ProductChoice.panel(
        PanelTile(rows: 4, vectors: 2, strips: 2, blockRows: 32, depth: 512))

    init() throws {
        backend = try OpenCLBackend(Device.at(0))
        key = TuningKey(backend.kernels)
    }

    private func file(_ choices: [(ProductShape, ProductChoice, isRule: Bool)]) -> TuningFile {
        TuningFile(
            key: key, clBlastParameters: .registers,
            products: choices.map { shape, choice, isRule in
                TuningFile.Product(
                    shape: shape, choice: choice, isRule: isRule, seconds: 0.25, ruleSeconds: 0.5,
                    relativeError: 1e-7)
            })
    }

    private var example: TuningFile {
        file([
            (.shape(128, 512, 784, "NT"), panel, false), (.shape(8, 8, 8, "NN"), .clBlast, true),
            (
                .shape(64, 10, 512, "NT", batchCount: 3),
                .dot(DotTile(for: .small, vectorWidth: 8, computeUnits: 2)), false
            ),
        ])
    }

    @Test func aWrittenFileIsReadBack() async throws {
        try await withTemporaryFolder { folder throws in
            let path = "\(folder)/deep/er/tuning.json"
            try example.write(to: path)
            #expect(try TuningFile(contentsOf: path, for: key) == example)
            let text = String(decoding: try #require(SmallFile.read(path)), as: UTF8.self)
            for word in ["\"panel\"", "\"rows\" : 4", "\"version\" : 1", key.device] {
                #expect(text.contains(word))
            }
            try file([]).write(to: path)
            #expect(try TuningFile(contentsOf: path, for: key).products.isEmpty)
        }
    }

    @Test func aDamagedFileIsRefused() async throws {
        try await withTemporaryFolder { folder throws in
            let path = "\(folder)/tuning.json"
            try example.write(to: path)
            let whole = try #require(SmallFile.read(path))
            func expectRefusal(of contents: [UInt8]) {
                SmallFile.replace(path, with: contents)
                let error = #expect(throws: TuningFileError.self) {
                    try TuningFile(contentsOf: path, for: key)
                }
                guard case .malformed? = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
            }
            for length in stride(from: 0, to: whole.count - 3, by: 7) {
                expectRefusal(of: Array(whole[..<length]))
            }
            let text = String(decoding: whole, as: UTF8.self)
            for (from, to) in [
                ("\"rows\" : 4", "\"rows\" : 0"), ("\"rows\" : 4", "\"rows\" : -4"),
                ("\"strips\" : 2", "\"strips\" : \(1 << 40)"),
                ("\"strips\" : 2", "\"strips\" : \(1 << 20 + 1)"),
                ("\"rows\" : 4", "\"rows\" : \(1 << 20)"),
                ("\"vectors\" : 2", "\"vectors\" : 33"),
                ("\"stride\" : 784", "\"stride\" : 783"),
                ("\"stride\" : 784", "\"stride\" : \(1 << 40)"), ("\"panel\"", "\"pannel\""),
                ("\"clBlast\" : true", "\"clBlast\" : false"), ("\"registers\"", "\"none\""),
                ("\"seconds\" : 0.25", "\"seconds\" : \"fast\""),
            ] {
                #expect(text.contains(from))
                expectRefusal(of: Array(text.replacing(from, with: to).utf8))
            }
        }
    }

    @Test(arguments: [
        ("driverVersion", "driver"), ("device", "device"), ("kernels", "kernel hash"),
        ("clBlastVersion", "CLBlast"), ("platformVersion", "platform"),
    ])
    func aForeignFileIsRefused(field: String, name: String) async throws {
        try await withTemporaryFolder { folder throws in
            let path = "\(folder)/tuning.json"
            try example.write(to: path)
            var json = try #require(
                JSONSerialization.jsonObject(with: Data(SmallFile.read(path) ?? []))
                    as? [String: Any])
            var foreign = try #require(json["key"] as? [String: Any])
            foreign[field] = "other"
            json["key"] = foreign
            SmallFile.replace(path, with: Array(try JSONSerialization.data(withJSONObject: json)))
            let error = #expect(throws: TuningFileError.self) {
                try TuningFile(contentsOf: path, for: key)
            }
            guard case .foreign(_, name, _, "other")? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }

    @Test func anotherVersionIsRefused() async throws {
        try await withTemporaryFolder { folder throws in
            let path = "\(folder)/tuning.json"
            try example.write(to: path)
            let text = String(decoding: try #require(SmallFile.read(path)), as: UTF8.self)
            SmallFile.replace(
                path,
                with: Array(text.replacing("\"version\" : 1", with: "\"version\" : 2").utf8))
            #expect(
                throws: TuningFileError.foreign(
                    path: path, field: "format", expected: "1", found: "2")
            ) { try TuningFile(contentsOf: path, for: key) }
        }
    }

    @Test func aMissingFileIsSaidToBe() {
        #expect(throws: TuningFileError.unreadable(path: "/no/such")) {
            try TuningFile(contentsOf: "/no/such", for: key)
        }
    }

    @Test(
        arguments: [("/a", nil, "/a"), ("off", "/b", nil), ("", nil, nil)]
            as [(String, String?, String?)])
    func environmentChoosesTheFile(given: String, cache: String?, path: String?) {
        #expect(TuningFile.path(for: key, given: given, cache: cache) == path)
    }

    @Test func theFileLiesAmongThePrograms() throws {
        let path = try #require(TuningFile.path(for: key, given: nil, cache: "/b"))
        #expect(path.hasPrefix("/b/tuning-") && path.hasSuffix(".json"))
    }

    @Test func shapesNearbyShareAChoiceButNotARule() {
        let shape = ProductShape.shape(128, 512, 784, "NT")
        let known = file([(shape, panel, false), (.shape(128, 100, 64, "NN"), .clBlast, true)])
        #expect(known.choice(for: shape) == panel)
        #expect(known.choice(for: .shape(96, 512, 784, "NT")) == panel)
        #expect(known.choice(for: .shape(256, 512, 784, "NT", reads: 2)) == panel)
        #expect(known.choice(for: .shape(257, 512, 784, "NT")) == nil)
        #expect(known.choice(for: .shape(128, 513, 784, "NT")) == nil)
        #expect(known.choice(for: .shape(128, 512, 784, "NN")) == nil)
        #expect(known.choice(for: .shape(128, 512, 784, "NT", batchCount: 2)) == nil)
        #expect(known.choice(for: .shape(128, 100, 64, "NN")) == .clBlast)
        #expect(known.choice(for: .shape(96, 100, 64, "NN")) == nil)
    }

    // MARK: - Use

    @Test func aMeasuredChoiceIsUsedAndGivesTheSameBits() throws {
        let shape = ProductShape.shape(70, 40, 90, "NN")
        let numbers = (0..<90 * 70).map { index -> Float in Float(index * 7919 % 1000) - 500 }
        func run(_ tuning: TuningFile?) throws -> (labels: [any Command], bits: [UInt32]) {
            let backend = try OpenCLBackend(Device.at(0))
            backend.tuning = tuning
            let executable = try #require(backend.compile(shape.graph()) as? OpenCLExecutable)
            try backend.write(numbers, to: executable.buffer(named: "a"))
            try backend.write(Array(numbers[..<3600]), to: executable.buffer(named: "b"))
            try executable.run()
            return (
                executable.commands,
                try backend.readFloats(executable.buffer(named: "x0")).map(\.bitPattern)
            )
        }
        let byCLBlast = try run(file([(shape, .clBlast, false)]))
        #expect(byCLBlast.labels.contains { $0 is CLBlastProduct })
        let byPanel = try run(file([(shape, panel, false)]))
        #expect(!byPanel.labels.contains { $0 is CLBlastProduct })
        #expect(try run(file([(shape, panel, false)])).bits == byPanel.bits)
        #expect(try run(file([(shape, .clBlast, false)])).bits == byCLBlast.bits)
        #expect(try run(nil).bits == run(nil).bits)
    }

    /// The panel kernel takes no losses along, so the step would get longer by what it was faster.
    @Test func aProductWithLossesGoesByTheRules() throws {
        let x = try Tensor.input("x", [32, 16]), w = try Tensor.parameter("w", [10, 16])
        let labels = try Tensor.input("labels", [32], .int32)
        let loss = try softmaxCrossEntropy(matmul(x, w, transposeB: true), labels).mean()
        let graph = try Graph(outputs: ["loss": loss])
        let backend = try OpenCLBackend(Device.at(0), form: .serial)
        func labelsOfCommands(_ tuning: TuningFile?) throws -> [String] {
            backend.tuning = tuning
            let executable = try #require(backend.compile(graph) as? OpenCLExecutable)
            return executable.commands.map(\.label)
        }
        #expect(try backend.products(of: graph).isEmpty)
        // The kernel for GPUs takes none, so it may be chosen by measuring.
        let workgroups = try OpenCLBackend(Device.at(0), form: .workgroup)
        #expect(try workgroups.products(of: graph).count == 1)
        let byRule = try labelsOfCommands(nil)
        #expect(byRule.count == 1 && byRule[0].contains("softmax_cross_entropy"))
        let tuned = file([(.shape(32, 10, 16, "NT"), panel, false)])
        #expect(try labelsOfCommands(tuned) == byRule)
    }

    /// The largest numbers that a file may have, whose products no integer holds.
    @Test(arguments: [
        #"{"panel": {"rows": 32, "vectors": 32, "strips": N, "blockRows": N, "depth": N}}"#,
        #"{"panel": {"rows": 1, "vectors": 1, "strips": 1, "blockRows": N, "depth": N}}"#,
        #"{"dot": {"rows": 32, "blockRows": N, "blockColumns": N}}"#,
        """
        {"block": {"blockRows": N, "blockColumns": N, "blockDepth": N, "rows": 32, "columns": 32,
         "parts": N}}
        """,
        """
        {"block": {"blockRows": 16, "blockColumns": 16, "blockDepth": 8, "rows": 4, "columns": 4,
         "parts": N}}
        """,
    ])
    func theLargestNumbersDoNotOverflow(text: String) throws {
        let json = text.replacing("N", with: String(1 << 20))
        let choice = try JSONDecoder().decode(ProductChoice.self, from: Data(json.utf8))
        let long = ProductShape.shape(3, 2, 1 << 31, "NT").product
        for size in [1 << 14, Int.max] {
            let limits = WorkLimits(
                localMemoryBytes: size, workgroupSize: size, workItemCount: size,
                allocationBytes: size)
            for width in [1, 16] { _ = choice.fits(long, vectorWidth: width, limits: limits) }
        }
        // Here, the rule takes its place, or the kernel runs.
        let shape = ProductShape.shape(70, 40, 900, "NT")
        backend.tuning = file([(shape, choice, false)])
        try backend.compile(shape.graph()).run()
        try backend.synchronize()
    }

    /// A division that needs more memory than the device has cannot come from here, but from a file.
    @Test func aChoiceThatDoesNotFitLeavesTheRule() throws {
        let shape = ProductShape.shape(70, 40, 900, "NN")
        let huge = ProductChoice.panel(
            PanelTile(rows: 4, vectors: 2, strips: 1 << 16, blockRows: 32, depth: 2048))
        func bits() throws -> [UInt32] {
            let executable = try backend.compile(shape.graph())
            for name in ["a", "b"] {
                let buffer = try executable.buffer(named: name)
                try backend.write(
                    (0..<buffer.type.shape.count).map { Float($0 % 13) - 6.5 }, to: buffer)
            }
            try executable.run()
            return try backend.readFloats(executable.buffer(named: "x0")).map(\.bitPattern)
        }
        backend.tuning = nil
        let byRule = try bits()
        #expect(Set(byRule).count > 1)
        backend.tuning = file([(shape, huge, false)])
        #expect(try bits() == byRule)
    }
}

extension ProductShape {
    /// A contiguous product with what an epilogue reads, writing one result.
    static func shape(
        _ m: Int, _ n: Int, _ k: Int, _ layout: String, batchCount: Int = 1, reads: Int = 0,
        writes: Int = 1, padding: Int = 0, sharesB: Bool = false
    ) -> ProductShape {
        let (a, b) = (layout.first == "N", layout.last == "N")
        return ProductShape(
            m: m, n: n, k: k, batchCount: batchCount,
            a: Operand(runs: a ? .rows : .columns, stride: (a ? k : m) + padding, isShared: false),
            b: Operand(
                runs: b ? .rows : .columns, stride: (b ? n : k) + padding, isShared: sharesB),
            reads: reads, writes: writes)
    }
}

extension MatrixProduct {
    static var small: MatrixProduct { ProductShape.shape(33, 20, 40, "NT").product }
}
