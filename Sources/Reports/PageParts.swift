import Charts

/// A figure as the templates take it.
struct FigurePart {
    let title: String
    let svg: String
    let caption: String?

    init(_ figure: Figure) {
        title = figure.title
        svg = figure.svg
        caption = figure.caption.isEmpty ? nil : figure.caption
    }
}

/// A table as the templates take it.
struct TablePart {
    struct Cell {
        let text: String
        let isNumeric: Bool
    }
    struct Row {
        let cells: [Cell]
    }

    let headings: [Cell]
    let rows: [Row]

    /// Creates a table whose first row are the headings; columns of numbers are aligned right.
    init(_ table: [[String]]) {
        let width = table.map(\.count).max() ?? 0
        let isNumeric = (0..<width).map { column in
            column > 0
                && table.dropFirst().allSatisfy { row in
                    guard column < row.count, let first = row[column].first else { return true }
                    return first.isNumber || "-+−.∞N".contains(first)
                }
        }
        func cells(_ row: [String]) -> [Cell] {
            (0..<width).map {
                Cell(text: $0 < row.count ? row[$0] : "", isNumeric: isNumeric[$0])
            }
        }
        headings = cells(table.first ?? [])
        rows = table.dropFirst().map { Row(cells: cells($0)) }
    }
}
