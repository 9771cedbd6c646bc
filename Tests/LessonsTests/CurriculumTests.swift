import Charts
import Foundation
import NNGPU
import Testing

@testable import Lessons

/// One after the other, as some lessons measure times.
@Suite(.serialized) struct CurriculumTests {
    private static let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Sources/Lessons")

    @Test func thereAreSixteenLessonsWithNamesOfTheirOwn() {
        #expect(Curriculum.lessons.count == 16)
        #expect(Set(Curriculum.lessons.map(\.identifier)).count == 16)
        #expect(Curriculum.lesson("no-such-lesson") == nil)
    }

    @Test(arguments: Curriculum.lessons.map(\.identifier))
    func eachIsAShortFileAndThreeSentences(identifier: String) throws {
        let lesson = try #require(Curriculum.lesson(identifier))
        let text = try String(
            contentsOf: Self.sources.appending(path: lesson.sourceFile), encoding: .utf8)
        #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count <= 150)
        #expect(lesson.idea.matches(of: /[.](?=\s|$)/).count == 3, "\(lesson.idea)")
        #expect(lesson.next.hasPrefix("nngpu "))
    }

    /// All of them on a device; on the reference those that take no longer than a few seconds.
    private static let runs: [(String, DeviceChoice)] =
        (Device.all.isEmpty ? [] : Curriculum.lessons.map { ($0.identifier, .index(0)) })
        + Curriculum.lessons.map(\.identifier)
        .filter { !["universal", "gradients", "hierarchy"].contains($0) }.map { ($0, .reference) }

    @Test(arguments: runs)
    func everyMeasurementMeetsItsExpectation(identifier: String, device: DeviceChoice) throws {
        let lesson = try #require(Curriculum.lesson(identifier))
        var shares: [Double] = []
        let result = try lesson.run(
            LessonContext(backend: device.open(), seed: 42, report: { shares.append($0) }))
        for finding in result.findings {
            #expect(finding.isMet, "\(finding.expectation): \(finding.measured)")
            #expect(!finding.measured.isEmpty)
        }
        #expect(result.findings.count >= 2 && !result.figures.isEmpty && !result.tables.isEmpty)
        #expect(shares.allSatisfy { (0...1).contains($0) } && shares == shares.sorted())
        for table in result.tables {
            #expect(table.count > 1)
            #expect(table.allSatisfy { $0.count <= table[0].count }, "\(table)")
        }
        for figure in result.figures {
            for line in figure.text().split(separator: "\n") { #expect(line.count <= 80) }
        }
    }

    @Test func theSeedChangesTheData() throws {
        let findings = try [1, 2].map { seed in
            try Neuron().run(LessonContext(backend: ReferenceBackend<Double>(), seed: seed))
                .findings.map(\.measured)
        }
        #expect(findings[0] != findings[1])
    }

    @Test func whatCannotBeLearnedIsNotCalledMet() throws {
        let context = LessonContext(
            backend: try DeviceChoice.automatic.open(), seed: 1,
            function: try TargetFunction("sin(9000*x)"))
        let result = try Universal().run(context)
        let own = result.findings.filter { $0.expectation.hasPrefix("sin(9000*x)") }
        #expect(own.map(\.isMet) == [false])
        #expect(!result.isMet)
    }
}

@Suite struct StatisticsTests {
    @Test func theSlopeOfAPowerIsItsExponent() {
        let points = [1.0, 10, 100, 1000].map { Point($0, 3 * pow($0, 1.7)) }
        #expect(abs(Statistics.logarithmicSlope(points) - 1.7) < 1e-12)
    }

    @Test func theMedianIsTheMiddle() {
        #expect(Statistics.median([5, 1, 900]) == 5)
        #expect(Statistics.median([4, 1, 2, 900]) == 3)
        #expect(Statistics.median([]).isNaN)
    }

    @Test func anEmptyRowBeginsANewTable() {
        let result = LessonResult(
            table: [["a"], ["1"], [], ["b"], ["2"]], figures: [], findings: [])
        #expect(result.tables == [[["a"], ["1"]], [["b"], ["2"]]])
    }
}
