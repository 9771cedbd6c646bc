/// The size of an axis, as far as a file tells it.
enum Size: Equatable {
    /// The number of samples, which may differ from run to run.
    case batch
    case known(Int)
    case unknown

    /// The number, if it is known.
    var number: Int? { if case .known(let number) = self { number } else { nil } }
}

/// Integers that exporters compute from the shapes of samples, to bring samples into other shapes.
struct Sizes: Equatable {
    /// The most integers in a row: a shape has few axes.
    static let maximumCount = 64

    var elements: [Size]
    /// Whether there is a single one and no axis.
    var isScalar = false
    /// How many stand in each row, if they are a matrix: as exporters turn paddings around.
    var columns: Int?

    init(_ elements: [Size], isScalar: Bool = false, columns: Int? = nil) {
        (self.elements, self.isScalar, self.columns) = (elements, isScalar, columns)
    }

    /// The same in another shape; nil for one of more axes.
    func reshaped(to target: [Size]) -> Sizes? {
        if target.count == 1 { return Sizes(elements) }
        guard target.count == 2, let columns = target[1].number, columns > 0,
            elements.count.isMultiple(of: columns)
        else { return nil }
        return Sizes(elements, columns: columns)
    }

    /// The rows of a matrix, or the elements, from the last to the first.
    func reversed() -> Sizes {
        let width = columns ?? 1
        let rows = stride(from: 0, to: elements.count, by: width).map {
            elements[$0..<$0 + width]
        }
        return Sizes(rows.reversed().flatMap(\.self), columns: columns)
    }

    /// The matrix with rows and columns exchanged; nil for a row.
    func transposed() -> Sizes? {
        guard let columns else { return nil }
        let rows = elements.count / columns
        return Sizes(
            (0..<columns).flatMap { column in
                (0..<rows).map { elements[$0 * columns + column] }
            }, columns: max(1, rows))
    }

    /// Integers of a file; nil if there are many, or if they are no integers.
    init?(_ constant: ConstantTensor) {
        guard let shape = try? constant.shape(), shape.count <= 1,
            shape.first ?? 1 <= Self.maximumCount, let integers = try? constant.integers()
        else { return nil }
        // The largest integer stands for the end of a row.
        let limit = Int64(Int32.max)
        elements = integers.map { .known(Int(max(-limit, min(limit, $0)))) }
        isScalar = shape.isEmpty
    }

    /// Those at the places that an index names, counted from the end where it is negative.
    func gathered(_ index: Sizes) -> Sizes? {
        var result: [Size] = []
        for element in index.elements {
            guard let place = element.number, let place = Self.place(place, of: elements.count),
                elements.indices.contains(place)
            else { return nil }
            result.append(elements[place])
        }
        return Sizes(result, isScalar: index.isScalar)
    }

    /// Those from a place up to another, which may lie beyond the ends.
    func sliced(from start: Int, to end: Int) -> Sizes {
        let count = elements.count
        let first = max(0, min(count, start < 0 ? start + count : start))
        let last = max(first, min(count, end < 0 ? end + count : end))
        return Sizes(Array(elements[first..<last]))
    }

    /// What an operator makes of two rows of them, of which one may be a single one; nil where it makes none.
    static func combined(_ name: OperatorName, _ first: Sizes, _ second: Sizes) -> Sizes? {
        let count = max(first.elements.count, second.elements.count)
        guard [1, count].contains(first.elements.count),
            [1, count].contains(second.elements.count)
        else { return nil }
        let elements = (0..<count).map { place -> Size in
            let a = first.elements[first.elements.count == 1 ? 0 : place]
            let b = second.elements[second.elements.count == 1 ? 0 : place]
            switch (name, a, b) {
            case (.multiply, .batch, .known(1)), (.divide, .batch, .known(1)),
                (.add, .batch, .known(0)), (.subtract, .batch, .known(0)):
                return .batch
            case (.multiply, .known(1), .batch), (.add, .known(0), .batch): return .batch
            case (_, .known(let a), .known(let b)):
                return Self.combined(name, a, b).map { .known($0) } ?? .unknown
            default: return .unknown
            }
        }
        return Sizes(elements, isScalar: first.isScalar && second.isScalar)
    }

    private static func combined(_ name: OperatorName, _ a: Int, _ b: Int) -> Int? {
        let (result, overflow): (Int, Bool) =
            switch name {
            case .add: a.addingReportingOverflow(b)
            case .subtract: a.subtractingReportingOverflow(b)
            case .multiply: a.multipliedReportingOverflow(by: b)
            // Which way a quotient is rounded matters below zero.
            case .divide where a >= 0 && b > 0: (a / b, false)
            default: (0, true)
            }
        return overflow || abs(result) > Int32.max ? nil : result
    }

    /// Their product.
    var product: Size {
        var result = Size.known(1)
        for element in elements {
            let next = Self.combined(.multiply, Sizes([result]), Sizes([element]))
            result = next?.elements.first ?? .unknown
        }
        return result
    }

    /// A place counted from the end where it is negative; nil where there is none.
    static func place(_ place: Int, of count: Int) -> Int? {
        let place = place < 0 ? place + count : place
        return (0..<count).contains(place) ? place : nil
    }
}
