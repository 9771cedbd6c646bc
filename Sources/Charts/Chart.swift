/// A picture of numbers: series of marks on two axes, with what a reader needs to understand them.
///
/// A chart says what is to be seen and not how: ``svg`` draws it for a page, ``text(width:colors:)``
/// for a terminal.
public struct Chart: Sendable {
    /// What the picture shows, in a few words.
    public let title: String
    /// The horizontal axis.
    public let x: Axis
    /// The vertical axis.
    public let y: Axis
    /// What is drawn, from back to front.
    public let series: [Series]
    /// Words beside points of the plane.
    public let annotations: [Annotation]
    /// What a reader should notice, in a sentence or two.
    public let caption: String

    /// Creates a chart.
    public init(
        _ title: String, x: Axis, y: Axis, series: [Series], annotations: [Annotation] = [],
        caption: String = ""
    ) {
        self.title = title
        self.x = x
        self.y = y
        self.series = series
        self.annotations = annotations
        self.caption = caption
    }

    /// The series that a legend has to tell apart.
    var legend: [Series] { series.filter { !$0.name.isEmpty } }
}

/// One direction of the plane.
public struct Axis: Sendable, Equatable {
    /// How numbers become places.
    public enum Scale: Sendable, Equatable {
        /// Equal differences are equally far apart.
        case linear
        /// Equal ratios are equally far apart; numbers that are not positive have no place.
        case logarithmic
        /// Names instead of numbers: the one of index i stands at i.
        case categories([String])
    }

    /// What the numbers are.
    public let label: String
    /// The unit they are in, if they have one.
    public let unit: String?
    /// How numbers become places.
    public let scale: Scale
    /// The part to show; nil for all that the series have.
    public let range: ClosedRange<Double>?

    /// Creates an axis.
    public init(
        _ label: String, unit: String? = nil, scale: Scale = .linear,
        range: ClosedRange<Double>? = nil
    ) {
        self.label = label
        self.unit = unit
        self.scale = scale
        self.range = range
    }

    /// The label with the unit behind it.
    var fullLabel: String { unit.map { "\(label) (\($0))" } ?? label }
}

/// A place in the plane of a chart.
public struct Point: Sendable, Equatable {
    /// The number on the horizontal axis.
    public let x: Double
    /// The number on the vertical axis.
    public let y: Double

    /// Creates a place.
    public init(_ x: Double, _ y: Double) {
        self.x = x
        self.y = y
    }
}

/// Numbers that are drawn with one kind of mark.
public struct Series: Sendable {
    /// What stands for a number.
    public enum Mark: Sendable {
        /// A line from point to point.
        case line([Point])
        /// A dashed line from point to point: a theory or a limit beside what was measured.
        case reference([Point])
        /// A dot at each point.
        case points([Point])
        /// The height above a rectangle of the plane.
        case field(Field)
        /// A shaded cell for each number of a matrix, [rows][columns]: row i at y = i, column j at
        /// x = j.
        case matrix([[Double]])
    }

    /// What the legend calls it; without a name it is not in the legend.
    public let name: String
    /// How it is drawn.
    public let mark: Mark
    /// Which of the chart's colors it has, counted from 0.
    public let color: Int

    /// Creates a series.
    public init(_ name: String, _ mark: Mark, color: Int = 0) {
        self.name = name
        self.mark = mark
        self.color = color
    }

    /// Every point that has to lie within the axes.
    var extent: [Point] {
        switch mark {
        case .line(let points), .reference(let points), .points(let points): points
        case .field(let field):
            [
                Point(field.x.lowerBound, field.y.lowerBound),
                Point(field.x.upperBound, field.y.upperBound),
            ]
        case .matrix(let rows):
            [Point(0, 0), Point(Double((rows.first?.count ?? 1) - 1), Double(rows.count - 1))]
        }
    }
}

/// A function of the plane, known on a grid.
public struct Field: Sendable {
    /// How many columns the grid has.
    public let columns: Int
    /// How many rows the grid has.
    public let rows: Int
    /// From the first column to the last.
    public let x: ClosedRange<Double>
    /// From the first row to the last.
    public let y: ClosedRange<Double>
    /// The function's values, row by row from the lowest y on, [rows, columns].
    public let values: [Double]
    /// The values at which the shade changes, ascending; what lies below the first stays bare.
    public let levels: [Double]

    /// Samples a function on a grid.
    ///
    /// - Parameters:
    ///   - columns: How many columns, at least 2.
    ///   - rows: How many rows, at least 2.
    ///   - x: From the first column to the last.
    ///   - y: From the first row to the last.
    ///   - levels: The values at which the shade changes, ascending.
    ///   - values: The function of all grid points at once, row by row.
    /// - Throws: What `values` throws.
    public init(
        columns: Int = 48, rows: Int = 48, x: ClosedRange<Double>, y: ClosedRange<Double>,
        levels: [Double], values: ([Point]) throws -> [Double]
    ) rethrows {
        (self.columns, self.rows, self.x, self.y) = (columns, rows, x, y)
        self.levels = levels
        let points = (0..<columns * rows).map { index in
            Point(
                x.part(Double(index % columns) / Double(columns - 1)),
                y.part(Double(index / columns) / Double(rows - 1)))
        }
        self.values = try values(points)
    }

    /// The same function with its shade changing at other values.
    public func with(levels: [Double]) -> Field {
        let known = values
        return Field(columns: columns, rows: rows, x: x, y: y, levels: levels) { _ in known }
    }

    /// The value at a place of the grid.
    func value(_ column: Int, _ row: Int) -> Double { values[row * columns + column] }
    /// The x of a column, which may lie between two.
    func x(_ column: Double) -> Double { x.part(column / Double(columns - 1)) }
    /// The y of a row, which may lie between two.
    func y(_ row: Double) -> Double { y.part(row / Double(rows - 1)) }
}

/// Words beside a point.
public struct Annotation: Sendable {
    /// What they are about.
    public let point: Point
    /// The words.
    public let text: String

    /// Creates an annotation.
    public init(_ text: String, at point: Point) {
        self.text = text
        self.point = point
    }
}

extension ClosedRange<Double> {
    /// The number at a share of the way from the lower bound to the upper.
    func part(_ share: Double) -> Double { lowerBound + share * (upperBound - lowerBound) }
}

extension Series {
    /// Whether there is nothing to draw.
    public var isEmpty: Bool { extent.isEmpty }
}
