import ArgumentParser
import Foundation
import Lessons
import NNGPU
import Reports
import YAMLFiles

/// `nngpu learn`.
struct Learn: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Runs the ideas of the lecture as experiments.",
        discussion: """
            Without a lesson, lists all of them. Each states what it expects, measures it, and says \
            whether the measurement met it; if one did not, the exit code is 1.

            Examples: nngpu learn
                      nngpu learn linear-barrier
                      nngpu learn universal --function "exp(-x^2)*cos(8*x)"
                      nngpu learn --all --report lecture.html
            """)

    @Argument(help: "The lesson to run; without one, all are listed.")
    var lesson: String?

    @Flag(help: "Run all lessons.")
    var all = false

    @OptionGroup var device: DeviceOption

    @Option(help: "What data and initial weights depend on.")
    var seed: UInt64 = 0

    @Option(
        help: ArgumentHelp(
            "A further function for the lesson universal: an expression in x, or a CSV file of x "
                + "and y.", valueName: "expression|file.csv"))
    var function: String?

    @Option(
        help: ArgumentHelp("Write a page with all figures here.", valueName: "file.html"),
        completion: .file())
    var report: String?

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard lesson == nil || !all else {
            throw ValidationError("--all runs every lesson: drop it or \(lesson ?? "").")
        }
        if let lesson, Curriculum.lesson(lesson) == nil {
            let nearest = lesson.nearest(of: Curriculum.lessons.map(\.identifier)) ?? ""
            throw ValidationError(
                "There is no lesson \"\(lesson)\"; did you mean \(nearest)? "
                    + "`nngpu learn` lists all.")
        }
        if report != nil, lesson == nil, !all {
            throw ValidationError("--report shows what has run: name a lesson, or give --all.")
        }
        if function != nil, !all, lesson != "universal" {
            throw ValidationError(
                "--function is for the lesson universal: `nngpu learn universal`.")
        }
    }

    func run() throws {
        let chosen = all ? Curriculum.lessons : lesson.flatMap(Curriculum.lesson).map { [$0] }
        guard let chosen else { return try list() }
        if let report { try OutputFile.check(report) }
        let target = try function.map(TargetFunction.init)
        let backend = try device.open(for: .lessons())
        Console.diagnose("device: \(backend.name)")
        var runs: [LessonRun] = []
        var unwritten: OutputFileError?
        // A page that was asked for is made even if the words find no reader.
        func show(_ present: () throws -> Void) throws {
            do { try present() } catch let error as OutputFileError where report != nil {
                unwritten = error
            }
        }
        for (index, lesson) in chosen.enumerated() {
            if !json { try show { try LessonText.announce(lesson, isFirst: index == 0) } }
            let display = LessonDisplay(lesson.identifier)
            let context = LessonContext(
                backend: backend, seed: seed, function: target, report: display.show)
            defer { display.end() }
            let result = try lesson.run(context)
            display.end()
            let run = LessonRun(lesson: lesson, result: result, seconds: display.elapsed)
            if !json { try show { try LessonText.present(run) } }
            runs.append(run)
        }
        if let report {
            let page = try LecturePage.html(
                of: runs, device: backend.name, seed: seed, command: Invocation.line)
            try AtomicFile.write(Data(page.utf8), to: URL(fileURLWithPath: report))
        }
        if let unwritten { throw unwritten }
        if json {
            try Console.printJSON(Summary(device: backend.name, seed: seed, runs))
        } else {
            try LessonText.summarize(runs, report: report)
        }
        if !runs.allSatisfy(\.result.isMet) { throw ExitCode(1) }
    }

    private func list() throws {
        if json {
            return try Console.printJSON(
                Curriculum.lessons.map {
                    Listing(lesson: $0.identifier, title: $0.title)
                })
        }
        let rows = Curriculum.lessons.map { [$0.identifier, $0.title] }
        try Console.print(Console.table([["lesson", "idea"]] + rows))
        try Console.print(
            "\nRun one with `nngpu learn \(rows[0][0])`, all with `nngpu learn --all`.")
    }

    private struct Listing: Encodable {
        let lesson, title: String
    }

    private struct Summary: Encodable {
        struct Row: Encodable {
            let lesson: String
            let isMet: Bool
            let seconds: Double
            let findings: [Finding]
            let tables: [[[String]]]
        }
        let device: String
        let seed: UInt64
        let lessons: [Row]

        init(device: String, seed: UInt64, _ runs: [LessonRun]) {
            self.device = device
            self.seed = seed
            lessons = runs.map {
                Row(
                    lesson: $0.lesson.identifier, isMet: $0.result.isMet, seconds: $0.seconds,
                    findings: $0.result.findings, tables: $0.result.tables)
            }
        }
    }
}
