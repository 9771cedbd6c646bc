extension Chart {
    /// The chart in characters: lines in braille dots, points as signs, fields as shades.
    ///
    /// - Parameters:
    ///   - width: The columns that it may take, at least 40.
    ///   - colors: Whether the terminal understands ANSI colors; without them, letters on the lines
    ///     tell series apart.
    /// - Returns: Lines without a line break at the end.
    public func text(width: Int = 80, colors: Bool = false) -> String {
        var drawing = CharacterDrawing(self, width: max(40, width), colors: colors)
        return drawing.draw()
    }
}

/// A chart on a grid of characters, each of which holds 2 × 4 dots.
private struct CharacterDrawing {
    private struct Cell {
        var dots: UInt32 = 0
        var shade = 0
        var sign: Character?
        var color: Int?
    }

    private static let rows = 16
    /// The bit of a braille character for each dot, [row][column].
    private static let bits: [[UInt32]] = [
        [0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80],
    ]
    private static let shades: [Character] = [" ", "░", "▒", "▓", "█"]
    private static let signs: [Character] = ["●", "×", "○", "+", "◆", "□", "·"]
    private static let ansi = [34, 33, 32, 35, 31, 36, 90]

    private let chart: Chart
    private let horizontal: Projection
    private let vertical: Projection
    private let columns: Int
    private let margin: Int
    private let colors: Bool
    private var cells: [[Cell]]

    init(_ chart: Chart, width: Int, colors: Bool) {
        self.chart = chart
        self.colors = colors
        let extent = chart.series.flatMap(\.extent)
        vertical = Projection(chart.y, fitting: extent.map(\.y), tickCount: 4)
        margin = min(width / 4, vertical.ticks.map(\.label.count).max() ?? 0)
        columns = width - margin - 3
        horizontal = Projection(chart.x, fitting: extent.map(\.x), tickCount: max(3, columns / 12))
        cells = Array(
            repeating: Array(repeating: Cell(), count: columns), count: Self.rows)
    }

    mutating func draw() -> String {
        let named = chart.legend
        for series in chart.series { draw(series) }
        for (index, series) in named.enumerated() { letter(series, index) }
        var lines = [chart.title] + legend(named)
        lines.append(String(repeating: " ", count: margin) + " " + chart.y.fullLabel)
        var labels: [Int: String] = [:]
        for tick in vertical.ticks {
            let row = Int(((1 - vertical.position(of: tick)) * Double(Self.rows - 1)).rounded())
            labels[row] = tick.label
        }
        for row in 0..<Self.rows {
            let label = String((labels[row] ?? "").prefix(margin))
            let padding = String(repeating: " ", count: margin - label.count)
            lines.append(padding + label + (labels[row] == nil ? " │" : " ┤") + text(of: row))
        }
        lines += horizontalAxis()
        return lines.map(\.withoutTrailingSpaces).joined(separator: "\n")
    }

    // MARK: - Around the plot

    private func legend(_ named: [Series]) -> [String] {
        var lines: [String] = []
        // Counted beside the text, as escape codes have no width.
        var widths: [Int] = []
        for (index, series) in named.enumerated() {
            let entry = colored(String(sign(of: series, index)), series.color) + " " + series.name
            let length = series.name.count + 2
            if let last = lines.last, widths[lines.count - 1] + 3 + length <= columns + margin {
                lines[lines.count - 1] = last + "   " + entry
                widths[lines.count - 1] += 3 + length
            } else {
                lines.append("  " + entry)
                widths.append(2 + length)
            }
        }
        return lines
    }

    private func horizontalAxis() -> [String] {
        var rule = Array(repeating: Character("─"), count: columns)
        var labels = Array(repeating: Character(" "), count: columns + margin + 3)
        var free = 0
        for tick in horizontal.ticks {
            let column = Int((horizontal.position(of: tick) * Double(columns - 1)).rounded())
            guard rule.indices.contains(column) else { continue }
            rule[column] = "┬"
            let start = min(
                labels.count - tick.label.count, max(0, margin + 2 + column - tick.label.count / 2))
            guard start >= free else { continue }
            for (offset, character) in tick.label.enumerated() {
                labels[start + offset] = character
            }
            free = start + tick.label.count + 1
        }
        let indent = String(repeating: " ", count: margin + 1)
        let room = max(0, (columns - chart.x.fullLabel.count) / 2)
        return [
            indent + "└" + String(rule), String(labels),
            indent + String(repeating: " ", count: room) + chart.x.fullLabel,
        ]
    }

    private func text(of row: Int) -> String {
        cells[row].map { cell in
            let character =
                cell.sign
                ?? (cell.dots > 0
                    ? Character(Unicode.Scalar(0x2800 + cell.dots) ?? " ")
                    : Self.shades[min(cell.shade, 4)])
            return cell.color.map { colored(String(character), $0) } ?? String(character)
        }.joined()
    }

    private func colored(_ text: String, _ color: Int) -> String {
        colors ? "\u{1B}[\(Self.ansi[color % Self.ansi.count])m\(text)\u{1B}[0m" : text
    }

    /// What stands for a series in the legend: a letter for lines, else the sign of its points.
    private func sign(of series: Series, _ index: Int) -> Character {
        switch series.mark {
        case .line, .reference:
            colors ? "─" : Character(Unicode.Scalar(UInt8(97 + index % 26)))
        case .points: Self.signs[series.color % Self.signs.count]
        case .field, .matrix: "░"
        }
    }

    // MARK: - Marks

    private mutating func draw(_ series: Series) {
        switch series.mark {
        case .line(let points): drawLine(points, series.color, dash: nil)
        case .reference(let points): drawLine(points, series.color, dash: 4)
        case .points(let points):
            for point in points {
                guard let (column, row) = cell(of: point) else { continue }
                cells[row][column].sign = Self.signs[series.color % Self.signs.count]
                cells[row][column].color = series.color
            }
        case .field(let field):
            for row in 0..<Self.rows {
                for column in 0..<columns { shade(column, row, field, series.color) }
            }
        case .matrix(let rows): drawMatrix(rows, series.color)
        }
    }

    private mutating func drawMatrix(_ rows: [[Double]], _ color: Int) {
        let largest = rows.joined().max() ?? 0
        for row in 0..<Self.rows {
            for column in 0..<columns {
                let x = horizontal.range.part(Double(column) / Double(columns - 1))
                let y = vertical.range.part(1 - Double(row) / Double(Self.rows - 1))
                let (i, j) = (Int(y.rounded()), Int(x.rounded()))
                guard rows.indices.contains(i), rows[i].indices.contains(j), rows[i][j] > 0 else {
                    continue
                }
                let shade = Int((4 * (rows[i][j] / largest).squareRoot()).rounded(.up))
                cells[row][column].shade = shade
                cells[row][column].color = color
            }
        }
    }

    private mutating func drawLine(_ points: [Point], _ color: Int, dash: Int?) {
        for (start, end) in zip(points, points.dropFirst()) {
            guard let a = shares(start), let b = shares(end),
                let (from, to) = Clipping.inUnitSquare(a, b)
            else { continue }
            let (p, q) = (dot(from), dot(to))
            let steps = max(1, Int(max(abs(q.x - p.x), abs(q.y - p.y)).rounded()))
            for step in 0...steps {
                let place = p + Double(step) / Double(steps) * (q - p)
                let (x, y) = (Int(place.x.rounded()), Int(place.y.rounded()))
                if let dash, (x + y) % (2 * dash) >= dash { continue }
                set(x, y, color)
            }
        }
    }

    private mutating func shade(_ column: Int, _ row: Int, _ field: Field, _ color: Int) {
        let share = SIMD2(
            Double(column) / Double(columns - 1), 1 - Double(row) / Double(Self.rows - 1))
        let x = horizontal.range.part(share.x)
        let y = vertical.range.part(share.y)
        guard field.x.contains(x), field.y.contains(y) else { return }
        let along = (x - field.x.lowerBound) / (field.x.upperBound - field.x.lowerBound)
        let up = (y - field.y.lowerBound) / (field.y.upperBound - field.y.lowerBound)
        let value = field.value(
            Int((along * Double(field.columns - 1)).rounded()),
            Int((up * Double(field.rows - 1)).rounded()))
        let passed = field.levels.count { value >= $0 }
        let shade = (passed * 4 + field.levels.count - 1) / max(1, field.levels.count)
        guard shade > cells[row][column].shade else { return }
        cells[row][column].shade = field.levels.count == 1 ? 1 : shade
        cells[row][column].color = color
    }

    /// Puts the letter of a line on it where no other letter is.
    private mutating func letter(_ series: Series, _ index: Int) {
        guard !colors else { return }
        let points: [Point]
        switch series.mark {
        case .line(let line), .reference(let line): points = line
        default: return
        }
        let visible = points.compactMap(cell)
        guard !visible.isEmpty else { return }
        // Each line gets its letter elsewhere, so that lines on each other can be told apart.
        for part in [1, 4, 7] {
            let place = visible[(visible.count - 1) * (2 * part + index % 3) / 18]
            if cells[place.row][place.column].sign == nil {
                cells[place.row][place.column].sign = sign(of: series, index)
            }
        }
    }

    // MARK: - Places

    private func shares(_ point: Point) -> SIMD2<Double>? {
        guard let x = horizontal.position(point.x), let y = vertical.position(point.y) else {
            return nil
        }
        return [x, y]
    }

    private func dot(_ share: SIMD2<Double>) -> SIMD2<Double> {
        [share.x * Double(2 * columns - 1), (1 - share.y) * Double(4 * Self.rows - 1)]
    }

    private func cell(of point: Point) -> (column: Int, row: Int)? {
        guard let share = shares(point), (0...1).contains(share.x), (0...1).contains(share.y)
        else { return nil }
        let dot = dot(share)
        return (Int(dot.x.rounded()) / 2, Int(dot.y.rounded()) / 4)
    }

    private mutating func set(_ x: Int, _ y: Int, _ color: Int) {
        guard (0..<2 * columns).contains(x), (0..<4 * Self.rows).contains(y) else { return }
        cells[y / 4][x / 2].dots |= Self.bits[y % 4][x % 2]
        cells[y / 4][x / 2].color = color
    }
}

extension String {
    fileprivate var withoutTrailingSpaces: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
