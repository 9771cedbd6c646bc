import Testing

@testable import Charts

@Suite struct TextTests {
    private let chart = Chart(
        "squares", x: Axis("x", range: 0...10), y: Axis("x²", unit: "m²", range: 0...100),
        series: [
            Series("line", .line((0...10).map { Point(Double($0), Double($0 * $0)) })),
            Series("other line", .line([Point(0, 100), Point(10, 0)]), color: 1),
            Series("points", .points([Point(10, 100), Point(0, 0)]), color: 2),
        ])

    @Test(arguments: [40, 80, 120])
    func noLineIsWiderThanTheTerminal(width: Int) {
        for line in chart.text(width: width).split(separator: "\n") {
            #expect(line.count <= width, "\(line)")
        }
    }

    @Test func withoutColorsThereAreLettersAndNoEscapes() {
        let text = chart.text()
        #expect(!text.contains("\u{1B}"))
        #expect(text.contains("a line") && text.contains("b other line"))
        let plot = text.split(separator: "\n").filter { $0.contains("│") || $0.contains("┤") }
        #expect(plot.joined().contains("a") && plot.joined().contains("b"))
    }

    @Test func withColorsThereAreEscapes() {
        #expect(chart.text(colors: true).contains("\u{1B}[33m"))
    }

    @Test func pointsStandInTheirCorners() throws {
        let plot = chart.text().split(separator: "\n")
            .filter { $0.contains("│") || $0.contains("┤") }
        let first = try #require(plot.first)
        let last = try #require(plot.last)
        #expect(first.last == "○")
        #expect(last.contains("┤○"), "\(last)")
        #expect(plot.dropFirst().dropLast().allSatisfy { !$0.contains("○") })
    }

    @Test func aFieldIsShadedWhereItIsHigh() {
        let field = Field(x: 0...1, y: 0...1, levels: [0.5]) { $0.map(\.x) }
        let text = Chart(
            "half", x: Axis("x", range: 0...1), y: Axis("y", range: 0...1),
            series: [Series("high", .field(field))]
        ).text()
        let rows = text.split(separator: "\n").filter { $0.contains("│") || $0.contains("┤") }
        for row in rows {
            let shaded = row.count { $0 == "░" }
            #expect((34...42).contains(shaded), "\(row)")
            #expect(row.hasSuffix("░"))
        }
    }

    @Test func aDiagramListsWhatEachNodeIsComputedFrom() {
        let diagram = Diagram(
            "graph", nodes: [.init("x", value: "2"), .init("x²", value: "4")],
            edges: [.init(from: 0, to: 1, label: "4"), .init(from: 1, to: 0)])
        #expect(diagram.text() == "graph\n  1  x = 2\n  2  x² = 4  ← (1) × 4")
    }

    @Test func boxesStandRightBeforeTheFirstThatNeedsThem() {
        let diagram = Diagram(
            "late", nodes: ["a", "b", "c", "d", "late"].map { .init($0) } + [.init("sum")],
            edges: [(0, 1), (1, 2), (2, 3), (3, 5), (4, 5)].map { .init(from: $0.0, to: $0.1) })
        #expect(diagram.layers == [[0], [1], [2], [3, 4], [5]])
    }
}

@Suite struct TypographyTests {
    @Test(arguments: [
        (0, "0"), (1, "1"), (-2.5, "−2.50"), (0.1234, "0.123"), (45.67, "45.7"),
        (12345.6, "12346"), (7.891e-6, "7.89·10⁻⁶"), (-3e12, "−3.00·10¹²"), (.infinity, "∞"),
        (-.infinity, "−∞"), (.nan, "NaN"), (1000, "1000"),
    ])
    func numbersHaveThreeDigits(value: Double, text: String) {
        #expect(Typography.number(value) == text)
    }

    @Test func whatHasNoRaisedFormIsMarked() {
        #expect(Typography.superscript("-12") == "⁻¹²")
        #expect(Typography.superscript("q") == "^q")
        #expect(Typography.subscript("max") == "ₘₐₓ")
        #expect(Typography.subscript("xor") == "_(xor)")
    }

    @Test(arguments: [
        (5e-10, "0 ns"), (2.5e-5, "25.0 µs"), (0.25, "250.0 ms"), (90, "90.0 s"), (600, "10 min"),
        (7200, "2.0 h"), (864_000, "10.0 days"),
    ])
    func durationsHaveTheUnitThatSuitsThem(seconds: Double, text: String) {
        #expect(Typography.duration(seconds) == text)
    }
}
