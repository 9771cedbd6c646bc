import Testing

@testable import Charts

@Suite struct GalleryTests {
    private func picture(
        _ values: [Float], width: Int, region: Gallery.Region? = nil
    ) throws -> Gallery.Picture {
        let image = PageImage(width: width, height: values.count / width, values: values)
        return Gallery.Picture(try #require(image), "a < b", region: region)
    }

    @Test func everyPictureIsInTheDrawingAndInsideOfIt() throws {
        let picture = try picture([0, 1, 0.5, 0, 1, 0.5], width: 2)
        let gallery = Gallery(
            "filters",
            rows: [
                .init("first", Array(repeating: picture, count: 13)), .init("second", [picture]),
            ])
        let svg = gallery.svg
        let places = svg.matches(of: /<image [^>]*x="([\d.]+)" y="([\d.]+)" width="([\d.]+)"/)
        #expect(places.count == 14)
        let height = try #require(svg.firstMatch(of: /viewBox="0 0 420 ([\d.]+)"/)?.1)
        let bottom = try #require(Double(height))
        for place in places {
            let numbers = [place.1, place.2, place.3].compactMap { Double($0) }
            #expect(numbers[0] + numbers[2] <= 420.1 && numbers[1] < bottom - 20)
        }
        // Twelve in a line at most, so that there are three lines.
        #expect(Set(places.map(\.2)).count == 3)
        #expect(
            svg.contains("<title>a &lt; b</title>")
                && svg.contains("aria-label=\"filters: first; second\""))
    }

    @Test func whatIsFramedEndsWithThePicture() throws {
        func frames(_ region: Gallery.Region) throws -> [String] {
            let picture = try picture(Array(repeating: 0, count: 100), width: 10, region: region)
            let svg = Gallery("t", rows: [.init("r", Array(repeating: picture, count: 1))]).svg
            return svg.matches(of: /class="region s1" (x="[^>]*)\/>/).map { String($0.1) }
        }
        // One of six in a line: (420 − 5 · 5) / 6 = 65.83 units, so a pixel is 6.58.
        #expect(
            try frames(.init(left: -2, top: 5, width: 5, height: 5))
                == ["x=\"0\" y=\"52.9\" width=\"19.8\" height=\"32.9\""])
        #expect(try frames(.init(left: 12, top: 0, width: 5, height: 5)).isEmpty)
    }

    @Test func aNameThatIsTooLongIsCut() throws {
        let svg = Gallery("t", rows: [.init(String(repeating: "m", count: 200), [])]).svg
        let name = try #require(svg.firstMatch(of: />(m+…)</)?.1)
        #expect(name.count < 60)
    }

    @Test func charactersAreAsBrightAsPixels() throws {
        let small = try picture([0, 1, 0.55, 0.9, 0, 0, 1, 1], width: 2)
        let text = Gallery("t", rows: [.init("r", [small, small])]).text()
        #expect(
            text == """
                t
                r
                  ██    ██
                ▒▒██  ▒▒██
                \("        ")\("  ")
                ████  ████
                """)
    }

    @Test(arguments: [40, 80])
    func linesAreNoWiderThanTheTerminal(width: Int) throws {
        let large = try picture(Array(repeating: 1, count: 32 * 32), width: 32)
        let text = Gallery(
            "t", rows: [.init(String(repeating: "n", count: 90), Array(repeating: large, count: 9))]
        ).text(width: width)
        for line in text.split(separator: "\n") { #expect(line.count <= width, "\(line)") }
        #expect(text.count { $0 == "█" } == 9 * 16 * 8)
    }
}
