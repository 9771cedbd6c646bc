import Charts
import Foundation
import Lessons

/// A lesson together with what it measured.
public struct LessonRun {
    /// The lesson.
    public let lesson: any Lesson
    /// What it measured.
    public let result: LessonResult
    /// How long it took, in seconds.
    public let seconds: Double

    /// Creates a record of a run.
    public init(lesson: any Lesson, result: LessonResult, seconds: Double) {
        self.lesson = lesson
        self.result = result
        self.seconds = seconds
    }
}

/// The page that shows what lessons have measured: one HTML file that needs nothing else.
public enum LecturePage {
    /// The page as HTML.
    ///
    /// - Parameters:
    ///   - runs: The lessons in the order in which they are shown.
    ///   - device: Where they ran.
    ///   - seed: What their data depended on.
    ///   - command: The command line that made the page.
    /// - Returns: The whole file.
    /// - Throws: What is wrong with the page's template.
    public static func html(
        of runs: [LessonRun], device: String, seed: UInt64, command: String
    ) throws -> String {
        let findings = runs.flatMap(\.result.findings)
        return try PageFiles.render(
            Page(
                style: PageFiles.style, device: device, seed: String(seed), command: command,
                met: findings.count(where: \.isMet), findings: findings.count,
                verdict: findings.allSatisfy(\.isMet) ? "good" : "bad",
                seconds: String(format: "%.0f s", runs.map(\.seconds).reduce(0, +)),
                lessons: runs.enumerated().map { Entry($0.offset + 1, $0.element, seed: seed) }),
            with: "lecture")
    }

    private struct Page {
        let style, device, seed, command: String
        let met, findings: Int
        let verdict, seconds: String
        let lessons: [Entry]
    }

    private struct Entry {
        let identifier, title, idea, formula, command, next, sourceFile, source: String
        let place, verdict, mark: String
        let figures: [FigurePart]
        let tables: [TablePart]
        let findings: [FindingPart]

        init(_ place: Int, _ run: LessonRun, seed: UInt64) {
            let lesson = run.lesson
            self.place = String(place)
            (identifier, title, idea) = (lesson.identifier, lesson.title, lesson.idea)
            formula = lesson.formula.html
            command = "nngpu learn \(lesson.identifier)" + (seed == 0 ? "" : " --seed \(seed)")
            next = lesson.next
            sourceFile = lesson.sourceFile
            source = PageFiles.text(lesson.sourceFile)
            verdict = run.result.isMet ? "good" : "bad"
            mark = run.result.isMet ? "✓" : "✗"
            figures = run.result.figures.map(FigurePart.init)
            tables = run.result.tables.map(TablePart.init)
            findings = run.result.findings.map(FindingPart.init)
        }
    }

    private struct FindingPart {
        let expectation, measured, verdict, mark, word: String

        init(_ finding: Finding) {
            (expectation, measured) = (finding.expectation, finding.measured)
            verdict = finding.isMet ? "good" : "bad"
            mark = finding.isMet ? "✓" : "✗"
            word = finding.isMet ? "met" : "not met"
        }
    }
}
