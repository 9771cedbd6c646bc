import Foundation
import NNGPU

/// An earlier output of `nngpu bench --json`, as far as a comparison needs it.
struct Baseline {
    /// The device that was measured.
    let device: String
    /// The seconds of each row.
    private let seconds: [Key: Double]

    /// What identifies a row among all suites.
    private struct Key: Hashable {
        let suite: String
        let row: String
    }

    /// Reads a file.
    ///
    /// - Throws: ``DataError`` for a file that cannot be read, else ``BaselineError``.
    init(contentsOf path: String) throws {
        let data = Data(try InputFile.read(path))
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        guard let file = try? decoder.decode(Rows.self, from: data) else {
            throw BaselineError(path: path, problem: "is no output of `nngpu bench --json`")
        }
        device = file.device
        seconds = Self.seconds(of: file)
    }

    /// The rows of a report that this file has too, in the report's order.
    func comparison(with report: BenchReport) -> [BaselineRow] {
        Self.named(Rows(report)).compactMap { key, now in
            seconds[key].map { before in
                BaselineRow(
                    suite: key.suite, row: key.row, baselineSeconds: before, seconds: now,
                    ratio: before / now)
            }
        }
    }

    // MARK: - Rows

    /// The part of a report that is compared, with the members that identify a row.
    private struct Rows: Decodable {
        struct Time: Decodable { let seconds: Double }
        struct MatMul: Decodable {
            let m, n, k: Int
            let layout: String
            let time: Time
        }
        struct Kernel: Decodable {
            let name: String
            let rows, columns: Int
            let time: Time
        }
        struct Step: Decodable {
            /// Files from before there were several networks name none.
            let model: String?
            let batch: Int
            let optimizer: String
            let time: Time
        }
        struct Train: Decodable {
            let model, optimizer: String
            let batch: Int
            let seconds: Double
        }

        let device: String
        var matmul: [MatMul]?
        var kernels: [Kernel]?
        var step: [Step]?
        var train: [Train]?

        init(_ report: BenchReport) {
            device = report.device
            matmul = report.matmul?.map {
                MatMul(
                    m: $0.m, n: $0.n, k: $0.k, layout: $0.layout,
                    time: Time(seconds: $0.time.seconds))
            }
            kernels = report.kernels?.map {
                Kernel(
                    name: $0.name, rows: $0.rows, columns: $0.columns,
                    time: Time(seconds: $0.time.seconds))
            }
            step = report.step?.map {
                Step(
                    model: $0.model, batch: $0.batch, optimizer: $0.optimizer,
                    time: Time(seconds: $0.time.seconds))
            }
            train = report.train?.map {
                Train(
                    model: $0.model, optimizer: $0.optimizer, batch: $0.batch, seconds: $0.seconds)
            }
        }
    }

    /// Each row's name and time, suite by suite.
    private static func named(_ rows: Rows) -> [(Key, Double)] {
        func key(_ suite: String, _ parts: Any...) -> Key {
            Key(suite: suite, row: parts.map { "\($0)" }.joined(separator: " "))
        }
        let matmul = (rows.matmul ?? []).map {
            (key("matmul", "\($0.m)x\($0.n)x\($0.k)", $0.layout), $0.time.seconds)
        }
        let kernels = (rows.kernels ?? []).map {
            (key("kernels", $0.name, "\($0.rows)x\($0.columns)"), $0.time.seconds)
        }
        let step = (rows.step ?? []).map {
            (key("step", $0.model ?? "default", $0.batch, $0.optimizer), $0.time.seconds)
        }
        let train = (rows.train ?? []).map {
            (key("train", $0.model, $0.batch, $0.optimizer), $0.seconds)
        }
        return matmul + kernels + step + train
    }

    private static func seconds(of rows: Rows) -> [Key: Double] {
        Dictionary(named(rows)) { first, _ in first }
    }
}

/// A file of `--baseline` that nothing can be compared with.
struct BaselineError: Error, CustomStringConvertible {
    let path: String
    let problem: String

    var description: String {
        "The baseline \(path) \(problem): give a file that `nngpu bench --json` has printed."
    }
}
