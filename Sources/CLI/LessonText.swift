import Charts
import Foundation
import Lessons
import Reports

/// What a person reads of a lesson in a terminal.
enum LessonText {
    private static let width = 80
    /// Pages hold all figures; a terminal the ones that fit a glance.
    private static let figureCount = 2

    /// Prints the idea, before the experiment runs.
    static func announce(_ lesson: any Lesson, isFirst: Bool) throws {
        let rule = isFirst ? "" : "\n" + String(repeating: "─", count: width) + "\n\n"
        try Console.print(
            "\(rule)\(lesson.title) (\(lesson.identifier))\n\n\(lesson.idea.wrapped(to: width))\n\n"
                + "\(lesson.formula.text.wrapped(to: width - 4, indent: "    "))\n")
    }

    /// Prints what was measured.
    static func present(_ run: LessonRun) throws {
        for table in run.result.tables { try Console.print(Console.table(table) + "\n") }
        for figure in run.result.figures.prefix(figureCount) {
            try Console.print(figure.text(width: width, colors: Console.hasColors) + "\n")
        }
        for finding in run.result.findings {
            let mark = finding.isMet ? "✓" : "✗"
            let text = "\(finding.expectation): \(finding.measured)"
            try Console.print("\(mark) " + text.wrapped(to: width - 2, indent: "  ").dropFirst(2))
        }
        try Console.print("\nsource: Sources/Lessons/\(run.lesson.sourceFile)")
        try Console.print("next:   \(run.lesson.next)")
    }

    /// Prints how all lessons went.
    static func summarize(_ runs: [LessonRun], report: String?) throws {
        if runs.count > 1 {
            let rows = runs.map { run in
                [
                    run.lesson.identifier, run.seconds.duration,
                    "\(run.result.findings.count(where: \.isMet)) of \(run.result.findings.count)",
                ]
            }
            try Console.print(
                "\n" + String(repeating: "─", count: width) + "\n\n"
                    + Console.table([["lesson", "time", "expectations met"]] + rows))
        }
        if let report { try Console.print("\nwrote \(report)") }
    }
}

extension Console {
    /// Whether stdout is a terminal whose owner has nothing against colors (no-color.org).
    static let hasColors =
        isatty(STDOUT_FILENO) == 1
        && (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty
}

extension String {
    /// The text broken into lines of at most so many characters, at spaces.
    fileprivate func wrapped(to width: Int, indent: String = "") -> String {
        var lines: [String] = []
        for word in split(separator: " ") {
            if let last = lines.last, last.count + 1 + word.count <= width {
                lines[lines.count - 1] = last + " " + word
            } else {
                lines.append(indent + word)
            }
        }
        return lines.joined(separator: "\n")
    }
}
