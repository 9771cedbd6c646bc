import Foundation
import Testing

@Suite struct LearnTests {
    private let workspace: Workspace

    init() throws { workspace = try Workspace() }

    @Test func withoutALessonAllAreListed() throws {
        let list = try workspace.succeed("learn")
        #expect(list.contains("linear-barrier") && list.contains("log-sum-exp"))
        let json = try workspace.decode([Schema.LessonListing].self, "learn --json")
        #expect(json.count == 16)
        for entry in json { #expect(list.contains(entry.lesson) && list.contains(entry.title)) }
    }

    @Test(arguments: testedDevices)
    func aLessonShowsItsIdeaItsFiguresAndWhatItFound(device: String) throws {
        let outcome = try workspace.run("learn linear-barrier --device \(device)")
        #expect(outcome.code == 0)
        #expect(outcome.stdout.contains("ln 2") && outcome.stdout.contains("✓"))
        #expect(outcome.stdout.contains("LinearBarrier.swift"))
        #expect(!outcome.stdout.contains("\u{1B}") && !outcome.stderr.contains("░"))
        for line in outcome.stdout.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
        #expect(outcome.stderr.hasPrefix("device: "))
    }

    @Test func aPageNeedsNothingButItself() throws {
        try workspace.succeed("learn neuron --seed 3 --report lecture.html")
        let page = try workspace.text("lecture.html")
        #expect(page.hasPrefix("<!doctype html>") && page.contains("</html>"))
        #expect(page.contains("nngpu learn neuron --seed 3 --report lecture.html"))
        #expect(page.contains("nngpu learn neuron --seed 3</code>"))
        #expect(page.matches(of: #/<svg /#).count == 2)
        // The source of the lesson travels along, as the link to it must work anywhere.
        #expect(page.contains("href=\"#source-neuron\"") && page.contains("id=\"source-neuron\""))
        #expect(page.contains("struct Neuron: Lesson"))
        #expect(!page.contains("://") && !page.contains("<script") && !page.contains("{{"))
    }

    @Test func programsReadTheFindings() throws {
        let summary = try workspace.decode(
            Schema.Lessons.self, "learn collapse --json --seed 5")
        #expect(summary.seed == 5 && !summary.device.isEmpty)
        #expect(summary.lessons.map(\.lesson) == ["collapse"])
        #expect(summary.lessons[0].isMet && summary.lessons[0].findings.count == 3)
        #expect(summary.lessons[0].seconds > 0)
    }

    @Test func aMeasurementThatContradictsItsClaimFails() throws {
        let outcome = try workspace.run(
            "learn universal --function sin(9000*x) --report failed.html")
        #expect(outcome.code == 1)
        #expect(outcome.stdout.contains("✗ sin(9000*x)"))
        #expect(try workspace.text("failed.html").contains("not met"))
    }

    @Test func aTerminalShowsABar() throws {
        let terminal = try Terminal()
        let outcome = try ToolRun("learn gradients", in: workspace, terminal: terminal).outcome()
        #expect(outcome.code == 0, "\(outcome)")
        #expect(outcome.stderr.contains("gradients █") && outcome.stderr.contains("░"))
    }

    @Test func misuseNamesTheNearestLesson() throws {
        let outcome = try workspace.run("learn linear-barier")
        #expect(outcome.code == 64 && outcome.stderr.contains("linear-barrier"))
    }

    @Test(arguments: [
        ("learn neuron --all", 64, "--all"), ("learn --report x.html", 64, "--report"),
        ("learn neuron --function x", 64, "universal"),
        ("learn universal --function sinus(x)", 64, "character 1"),
        ("learn universal --function missing.csv", 66, "missing.csv"),
        ("learn neuron --report nowhere/x.html", 1, "nowhere"),
        ("learn neuron --device 99", 69, "99"),
    ])
    func misuseIsOneClearSentence(line: String, code: Int32, part: String) throws {
        let outcome = try workspace.run(line)
        #expect(outcome.code == code, "\(outcome)")
        let message = outcome.stderr.split(separator: "\n").filter { $0.hasPrefix("nngpu:") }
        #expect(message.count == 1 && message[0].contains(part), "\(outcome)")
    }
}
