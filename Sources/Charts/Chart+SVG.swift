extension Chart {
    /// The chart as one inline SVG element.
    ///
    /// It is 420 units wide and as high as it has to be. Colors come from the custom properties of
    /// ``stylesheet``, so a page decides about light and dark.
    public var svg: String {
        var drawing = ChartDrawing(self)
        return drawing.draw()
    }
}

/// One drawing of a chart: where its frame lies, and the elements so far.
private struct ChartDrawing {
    private static let width = 420.0
    private static let plotHeight = 230.0
    private let chart: Chart
    private let horizontal: Projection
    private let vertical: Projection
    private let (left, right, top): (Double, Double, Double)
    /// Whether the labels of the horizontal axis have to be turned to have room.
    private let isCrowded: Bool
    /// How much lies below the frame.
    private let below: Double
    private let legendRows: [[(x: Double, series: Series)]]
    private var svg: SVG

    private var bottom: Double { top + Self.plotHeight }

    init(_ chart: Chart) {
        self.chart = chart
        let extent = chart.series.flatMap(\.extent)
        horizontal = Projection(chart.x, fitting: extent.map(\.x), tickCount: 6)
        vertical = Projection(chart.y, fitting: extent.map(\.y), tickCount: 5)
        let widest = vertical.ticks.map { SVG.width(of: $0.label) }.max() ?? 0
        left = 24 + widest + 6
        let last = horizontal.ticks.last.map { SVG.width(of: $0.label) / 2 } ?? 0
        right = Self.width - max(14, last)
        legendRows = Self.arranged(chart.legend, width: right - 8)
        top = 8 + 16 * Double(legendRows.count) + (legendRows.isEmpty ? 0 : 4)
        let labels = horizontal.ticks.map { SVG.width(of: $0.label) }
        let slot = (right - left) / Double(max(1, labels.count))
        isCrowded = (labels.max() ?? 0) > slot - 4
        below = isCrowded ? 36 + (labels.max() ?? 0) * 0.6 : 40
        svg = SVG(
            width: Self.width, height: top + Self.plotHeight + below, title: chart.title,
            kind: "chart")
    }

    mutating func draw() -> String {
        drawGrid()
        for series in chart.series { draw(series) }
        svg.rect(
            x: left, y: top, width: right - left, height: Self.plotHeight, "frame")
        for annotation in chart.annotations { draw(annotation) }
        drawLegend()
        svg.close()
        return svg.text
    }

    // MARK: - Axes and legend

    private mutating func drawGrid() {
        var grid = ""
        for tick in horizontal.ticks {
            let x = left + horizontal.position(of: tick) * (right - left)
            grid += "M\(SVG.number(x)) \(SVG.number(top))V\(SVG.number(bottom))"
            if isCrowded {
                svg.label(tick.label, x: x + 4, y: bottom + 13, anchor: "end", turned: -35)
            } else {
                svg.label(tick.label, x: x, y: bottom + 15, anchor: "middle")
            }
        }
        for tick in vertical.ticks {
            let y = bottom - vertical.position(of: tick) * Self.plotHeight
            grid += "M\(SVG.number(left)) \(SVG.number(y))H\(SVG.number(right))"
            svg.label(tick.label, x: left - 6, y: y + 4, anchor: "end")
        }
        svg.path(grid, "grid")
        svg.label(
            chart.x.fullLabel, x: (left + right) / 2, y: bottom + below - 7, anchor: "middle",
            "axis")
        svg.label(
            chart.y.fullLabel, x: 14, y: (top + bottom) / 2, anchor: "middle", "axis", turned: -90)
    }

    private static func arranged(
        _ legend: [Series], width: Double
    ) -> [[(x: Double, series: Series)]] {
        var rows: [[(x: Double, series: Series)]] = []
        var x = 0.0
        for series in legend {
            let room = 22 + SVG.width(of: series.name) + 16
            if rows.isEmpty || x + room > width {
                rows.append([])
                x = 8
            }
            rows[rows.count - 1].append((x, series))
            x += room
        }
        return rows
    }

    private mutating func drawLegend() {
        for (index, row) in legendRows.enumerated() {
            let y = 14 + 16 * Double(index)
            for (x, series) in row {
                let swatch = "M\(SVG.number(x)) \(SVG.number(y - 4))h16"
                switch series.mark {
                case .line: svg.path(swatch, "line s\(series.color)")
                case .reference: svg.path(swatch, "reference s\(series.color)")
                case .points:
                    svg.path(
                        "M\(SVG.number(x + 8)) \(SVG.number(y - 4))h0", "dots s\(series.color)")
                case .field, .matrix:
                    svg.rect(x: x, y: y - 9, width: 16, height: 9, "level s\(series.color)")
                }
                svg.label(series.name, x: x + 22, y: y)
            }
        }
    }

    private mutating func draw(_ annotation: Annotation) {
        guard let place = place(annotation.point) else { return }
        // Words keep clear of the frame on the side where there is room.
        let isRight = place.x > (left + right) / 2
        svg.haloedLabel(
            annotation.text, x: place.x + (isRight ? -6 : 6), y: max(top + 12, place.y - 6),
            anchor: isRight ? "end" : "start", "note")
    }

    // MARK: - Marks

    private mutating func draw(_ series: Series) {
        let color = "s\(series.color)"
        switch series.mark {
        case .line(let points) where points.count == 1: svg.path(dots(points), "mark dots \(color)")
        case .line(let points): svg.path(polyline(points), "mark line \(color)")
        case .reference(let points): svg.path(polyline(points), "mark reference \(color)")
        case .points(let points): svg.path(dots(points), "mark dots \(color)")
        case .field(let field):
            for level in field.levels {
                let contours = Contours(field, level: level)
                let regions = contours.regions.map { outline in
                    polygon(outline.compactMap { place(field, $0) })
                }
                svg.path(regions.joined(), "mark level \(color)")
                let lines = contours.lines.map { start, end in
                    polyline([start, end].map { Point(field.x($0.x), field.y($0.y)) })
                }
                svg.path(lines.joined(), "mark contour \(color)")
            }
        case .matrix(let rows): drawMatrix(rows, color)
        }
    }

    private mutating func drawMatrix(_ rows: [[Double]], _ color: String) {
        let largest = rows.joined().max() ?? 0
        let width = (right - left) / (horizontal.range.upperBound - horizontal.range.lowerBound)
        let height =
            Self.plotHeight / (vertical.range.upperBound - vertical.range.lowerBound)
        for (row, numbers) in rows.enumerated() {
            for (column, number) in numbers.enumerated() where number > 0 {
                guard let center = place(Point(Double(column), Double(row))) else { continue }
                svg.rect(
                    x: center.x - width / 2, y: center.y - height / 2, width: width,
                    height: height, opacity: 0.08 + 0.62 * (number / largest).squareRoot(),
                    "mark cell \(color)")
                svg.label(
                    Typography.number(number), x: center.x, y: center.y + 3,
                    anchor: "middle", "count")
            }
        }
    }

    /// The place of a point in the drawing; nil outside of the frame.
    private func place(_ point: Point) -> SIMD2<Double>? {
        guard let share = shares(point), share.x >= 0, share.x <= 1, share.y >= 0, share.y <= 1
        else { return nil }
        return inDrawing(share)
    }

    private func place(_ field: Field, _ grid: SIMD2<Double>) -> SIMD2<Double>? {
        place(Point(field.x(grid.x), field.y(grid.y)))
    }

    private func shares(_ point: Point) -> SIMD2<Double>? {
        guard let x = horizontal.position(point.x), let y = vertical.position(point.y) else {
            return nil
        }
        // A point on the frame must not fall outside by rounding.
        func snapped(_ share: Double) -> Double {
            abs(share) < 1e-9 ? 0 : abs(share - 1) < 1e-9 ? 1 : share
        }
        return [snapped(x), snapped(y)]
    }

    private func inDrawing(_ share: SIMD2<Double>) -> SIMD2<Double> {
        [left + share.x * (right - left), bottom - share.y * Self.plotHeight]
    }

    private func dots(_ points: [Point]) -> String {
        points.compactMap(place).map { "M\(SVG.number($0.x)) \(SVG.number($0.y))h0" }.joined()
    }

    private func polygon(_ outline: [SIMD2<Double>]) -> String {
        guard let first = outline.first else { return "" }
        return "M\(SVG.number(first.x)) \(SVG.number(first.y))"
            + outline.dropFirst().map { "L\(SVG.number($0.x)) \(SVG.number($0.y))" }.joined() + "Z"
    }

    /// The line through points, cut at the frame and interrupted where a point has no place.
    private func polyline(_ points: [Point]) -> String {
        var path = ""
        var pen: SIMD2<Double>?
        var before: SIMD2<Double>?
        for point in points {
            let here = shares(point)
            defer { before = here }
            guard let here, let start = before else {
                pen = nil
                continue
            }
            guard let (from, to) = Clipping.inUnitSquare(start, here) else {
                pen = nil
                continue
            }
            if pen != from {
                let place = inDrawing(from)
                path += "M\(SVG.number(place.x)) \(SVG.number(place.y))"
            }
            let place = inDrawing(to)
            path += "L\(SVG.number(place.x)) \(SVG.number(place.y))"
            pen = to
        }
        return path
    }
}
