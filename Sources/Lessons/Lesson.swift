import Charts
import NNGPU

/// An idea of the lecture that can be run: what it claims, an experiment, and what was measured.
///
/// The name of the type is the name of its file, which reads as an example of how to use NNGPU.
public protocol Lesson: Sendable {
    /// What `nngpu learn` calls it.
    var identifier: String { get }
    /// What it is called in a list.
    var title: String { get }
    /// The idea, in three sentences.
    var idea: String { get }
    /// The idea as mathematics.
    var formula: Formula { get }
    /// A command to go on with.
    var next: String { get }

    /// Runs the experiment.
    ///
    /// - Throws: What the graph, the training or the backend throws.
    func run(_ context: LessonContext) throws -> LessonResult
}

extension Lesson {
    /// The name of the file that the lesson is written in.
    public var sourceFile: String { "\(type(of: self)).swift" }
}

/// What a lesson runs with.
public struct LessonContext {
    /// Where its graphs run.
    public let backend: any Backend
    /// What its data and its initial weights depend on.
    public let seed: UInt64
    /// A function to approximate besides the built-in ones, for the lesson that does so.
    public let function: TargetFunction?
    private let report: (Double) -> Void

    /// Creates the context of a run.
    ///
    /// - Parameters:
    ///   - backend: Where the graphs run.
    ///   - seed: What data and initial weights depend on.
    ///   - function: A function to approximate besides the built-in ones.
    ///   - report: Called with the share of the lesson that is done, from 0 to 1.
    public init(
        backend: any Backend, seed: UInt64, function: TargetFunction? = nil,
        report: @escaping (Double) -> Void = { _ in }
    ) {
        self.backend = backend
        self.seed = seed
        self.function = function
        self.report = report
    }

    /// Tells which share of the lesson is done, from 0 to 1.
    func progress(_ share: Double) { report(share) }

    /// Uniform numbers in a range; other streams are other numbers.
    func uniform(_ count: Int, in range: ClosedRange<Double>, stream: UInt32) -> [Double] {
        let generator = Philox(seed: seed)
        let length = range.upperBound - range.lowerBound
        return (0..<count).map { index in
            let number = generator.uniform(
                index: UInt64(index), step: 0, stream: 0x1E55_0000 + stream)
            return range.lowerBound + length * Double(number)
        }
    }
}

/// What a lesson has measured.
public struct LessonResult: Sendable {
    /// The figures in rows, the first of each table being its headings.
    public let tables: [[[String]]]
    /// What people would rather look at.
    public let figures: [Figure]
    /// Whether the measurement met what was expected.
    public let findings: [Finding]

    /// Creates a result; an empty row of `table` ends a table and begins the next.
    public init(table: [[String]], figures: [Figure], findings: [Finding]) {
        tables = table.split(separator: []).map(Array.init)
        self.figures = figures
        self.findings = findings
    }

    /// Whether every expectation was met.
    public var isMet: Bool { findings.allSatisfy(\.isMet) }
}

/// An expectation, and what was measured.
public struct Finding: Sendable, Codable {
    /// What the idea predicts, in words.
    public let expectation: String
    /// What was measured, as people read it.
    public let measured: String
    /// Whether the measurement is as predicted.
    public let isMet: Bool

    /// Creates a finding.
    public init(_ expectation: String, measured: String, isMet: Bool) {
        self.expectation = expectation
        self.measured = measured
        self.isMet = isMet
    }
}
