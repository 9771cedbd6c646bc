import Charts
import Lessons
import Testing

@testable import Reports

@Suite struct LecturePageTests {
    private func page(_ findings: [Finding]) throws -> String {
        let runs = Curriculum.lessons.map { lesson in
            LessonRun(
                lesson: lesson,
                result: LessonResult(
                    table: [["a", "b"], ["x", "1"], [], ["c"], ["<&>"]],
                    figures: [.diagram(Diagram("d", nodes: [.init("n")], edges: []))],
                    findings: findings), seconds: 0.5)
        }
        return try LecturePage.html(of: runs, device: "a <device>", seed: 9, command: "nngpu")
    }

    @Test func everyLessonsSourceTravelsInTheBinary() throws {
        for lesson in Curriculum.lessons {
            let name = lesson.sourceFile.dropLast(".swift".count)
            #expect(PageFiles.text(lesson.sourceFile).contains("struct \(name): Lesson"))
        }
        let page = try page([])
        for lesson in Curriculum.lessons {
            #expect(page.contains("id=\"\(lesson.identifier)\""))
            #expect(page.contains("id=\"source-\(lesson.identifier)\""))
        }
    }

    @Test func whatComesFromOutsideIsEscaped() throws {
        let page = try page([Finding("a < b", measured: "<script>", isMet: true)])
        #expect(page.contains("a &lt;device&gt;") && page.contains("&lt;&amp;&gt;"))
        #expect(page.contains("a &lt; b") && !page.contains("<script>"))
        #expect(!page.contains("{{"))
    }

    @Test func thePageSaysHowManyExpectationsWereMet() throws {
        let good = Finding("good", measured: "1", isMet: true)
        let bad = Finding("bad", measured: "2", isMet: false)
        #expect(try page([good, good]).contains("32 of 32"))
        let mixed = try page([good, bad])
        #expect(mixed.contains("16 of 32"))
        #expect(mixed.contains("<dd class=\"bad\">") && mixed.contains("(not met)"))
    }

    @Test func emptyRowsSplitTablesAndNumbersStandRight() throws {
        let table = TablePart([["name", "value", "text"], ["x", "−1", "a"], ["y", "", "2"]])
        #expect(table.rows[0].cells.map(\.isNumeric) == [false, true, false])
        #expect(try page([]).matches(of: #/<table>/#).count == 32)
    }
}
