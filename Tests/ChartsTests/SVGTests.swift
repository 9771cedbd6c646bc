import Foundation
import FoundationXML
import Testing

@testable import Charts

@Suite struct SVGTests {
    /// Every mark there is, with points that lie outside of the axes and some that have no place.
    private var chart: Chart {
        let line = (0...50).map { Point(Double($0) / 10 - 1, sin(Double($0)) * 3) }
        let field = Field(x: -1...5, y: -2...2, levels: [0, 1]) { $0.map { $0.x + $0.y } }
        return Chart(
            "a < b & \"c\"", x: Axis("x", range: 0...4), y: Axis("y", unit: "m", range: -2...2),
            series: [
                Series("field", .field(field)), Series("line", .line(line), color: 1),
                Series("limit", .reference(line), color: 2),
                Series("points", .points(line + [Point(.nan, 1), Point(1, .infinity)]), color: 3),
            ], annotations: [Annotation("here", at: Point(3.9, 1.9))])
    }

    private func elements(_ svg: String) throws -> [SVGElement] {
        let reader = SVGReader()
        let parser = XMLParser(data: Data(svg.utf8))
        parser.delegate = reader
        try #require(
            parser.parse(), "\(String(describing: parser.parserError)): \(svg.prefix(300))")
        return reader.elements
    }

    @Test func allMarksLieInsideOfTheFrame() throws {
        let elements = try elements(chart.svg)
        let frame = try #require(elements.first { $0.classes.contains("frame") }).points
        let marks = elements.filter { $0.classes.contains("mark") }
        #expect(marks.count >= 7)
        for mark in marks {
            #expect(!mark.points.isEmpty)
            for point in mark.points {
                #expect(
                    point.x >= frame[0].x - 0.1 && point.x <= frame[1].x + 0.1
                        && point.y >= frame[0].y - 0.1 && point.y <= frame[1].y + 0.1,
                    "\(mark.classes) at \(point)")
            }
        }
    }

    @Test func theTitleIsThereForThoseWhoDoNotSee() throws {
        let drawing = try #require(elements(chart.svg).first)
        #expect(drawing.attributes["role"] == "img")
        #expect(drawing.attributes["aria-label"] == chart.title)
    }

    @Test func everyNamedSeriesIsInTheLegend() throws {
        let texts = try elements(chart.svg).filter { $0.name == "text" }.map(\.text)
        for name in ["field", "line", "limit", "points", "y (m)", "here"] {
            #expect(texts.contains(name), "\(texts)")
        }
    }

    @Test func aPointKeepsItsPlace() throws {
        let chart = Chart(
            "corner", x: Axis("x", range: 0...4), y: Axis("y", range: 0...4),
            series: [Series("", .points([Point(0, 0), Point(4, 4), Point(1, 3)]))])
        let elements = try elements(chart.svg)
        let frame = try #require(elements.first { $0.classes.contains("frame") }).points
        let dots = try #require(elements.first { $0.classes.contains("dots") }).points
        let (width, height) = (frame[1].x - frame[0].x, frame[1].y - frame[0].y)
        #expect(abs(dots[0].x - frame[0].x) < 0.11 && abs(dots[0].y - frame[1].y) < 0.11)
        #expect(abs(dots[1].x - frame[1].x) < 0.11 && abs(dots[1].y - frame[0].y) < 0.11)
        #expect(abs(dots[2].x - frame[0].x - width / 4) < 0.11)
        #expect(abs(dots[2].y - frame[0].y - height / 4) < 0.11)
    }

    @Test func aMatrixHasACellForEachNumberAboveZero() throws {
        let names = ["cat", "dog"]
        let chart = Chart(
            "matrix", x: Axis("told", scale: .categories(names)),
            y: Axis("right", scale: .categories(names)),
            series: [Series("", .matrix([[3, 0], [1, 12]]))])
        let elements = try elements(chart.svg)
        #expect(elements.count { $0.classes.contains("cell") } == 3)
        let counts = elements.filter { $0.classes.contains("count") }.map(\.text)
        #expect(Set(counts) == ["3", "1", "12"])
    }

    @Test func aDiagramHasAllBoxesAndArrows() throws {
        let diagram = Diagram(
            "graph", nodes: [.init("a"), .init("b", value: "2"), .init("c < d")],
            edges: [.init(from: 0, to: 2, label: "0.5"), .init(from: 1, to: 2)])
        let elements = try elements(diagram.svg)
        #expect(elements.count { $0.classes.contains("node") } == 3)
        #expect(elements.count { $0.classes.contains("edge") } == 2)
        #expect(elements.contains { $0.text == "c < d" })
    }
}

/// One element of a drawing.
private struct SVGElement {
    let name: String
    let attributes: [String: String]
    var text = ""

    var classes: [String] { (attributes["class"] ?? "").split(separator: " ").map(String.init) }

    /// The corners of a rectangle, or the points that an absolute path visits.
    var points: [SIMD2<Double>] {
        func number(_ name: String) -> Double { Double(attributes[name] ?? "") ?? .nan }
        if name == "rect" {
            let corner = SIMD2(number("x"), number("y"))
            return [corner, corner + SIMD2(number("width"), number("height"))]
        }
        return (attributes["d"] ?? "").matches(of: /[ML](-?[\d.]+) (-?[\d.]+)/).map {
            SIMD2(Double($0.1) ?? .nan, Double($0.2) ?? .nan)
        }
    }
}

private final class SVGReader: NSObject, XMLParserDelegate {
    private(set) var elements: [SVGElement] = []
    private var open: [Int] = []

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
        qualifiedName: String?, attributes: [String: String] = [:]
    ) {
        open.append(elements.count)
        elements.append(SVGElement(name: name, attributes: attributes))
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) {
        if let last = open.last { elements[last].text += string }
    }

    func parser(
        _ parser: XMLParser, didEndElement name: String, namespaceURI: String?,
        qualifiedName: String?
    ) { open.removeLast() }
}
