import Testing

@testable import Lessons

@Suite struct FormulaTests {
    @Test func indicesAndPowersAreLoweredAndRaised() {
        let formula: Formula = "Σ_{i} x_{i}^{2} < e^{q}"
        #expect(formula.text == "Σᵢ xᵢ² < e^q")
        #expect(formula.html == "Σ<sub>i</sub> x<sub>i</sub><sup>2</sup> &lt; e<sup>q</sup>")
    }

    @Test func bracesNest() {
        let formula: Formula = "e^{x_{i} − a} + 1"
        #expect(formula.html == "e<sup>x<sub>i</sub> − a</sup> + 1")
        #expect(formula.text == "e^(xᵢ − a) + 1")
    }

    @Test func signsWithoutBracesStayAsTheyAre() {
        #expect(("a_b ^ c" as Formula).html == "a_b ^ c")
    }

    @Test(arguments: Curriculum.lessons.map(\.identifier))
    func noFormulaOfTheLectureKeepsItsMarkup(identifier: String) throws {
        let formula = try #require(Curriculum.lesson(identifier)).formula
        #expect(!formula.html.contains("{") && !formula.html.contains("_{"))
        #expect(!formula.text.contains("{") && !formula.text.contains("}"))
    }
}
