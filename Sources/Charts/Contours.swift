/// Regions and lines of equal height of a ``Field``, in places of its grid (column, row).
///
/// Each cell between four grid points is treated by itself: along its edges the height is taken to
/// change evenly. Where a cell is a saddle, the region is not split, which a picture does not show.
struct Contours {
    /// A corner of a region or an end of a line: column and row, which may lie between two.
    typealias Place = SIMD2<Double>

    /// Closed outlines of what is at least as high as the level; full cells of a row are joined.
    let regions: [[Place]]
    /// Pieces of the line where the level is.
    let lines: [(Place, Place)]

    init(_ field: Field, level: Double) {
        var regions: [[Place]] = []
        var lines: [(Place, Place)] = []
        for row in 0..<field.rows - 1 {
            var full: Range<Int>?
            func closeFull() {
                guard let run = full else { return }
                let (left, right, y) = (
                    Double(run.lowerBound), Double(run.upperBound), Double(row)
                )
                regions.append([[left, y], [right, y], [right, y + 1], [left, y + 1]])
                full = nil
            }
            for column in 0..<field.columns - 1 {
                let corners = Self.corners.map { corner in
                    (
                        place: Place(Double(column + corner.0), Double(row + corner.1)),
                        height: field.value(column + corner.0, row + corner.1) - level
                    )
                }
                // NaN is no height: such a cell stays bare.
                guard corners.allSatisfy({ $0.height.isFinite || $0.height > 0 }) else {
                    closeFull()
                    continue
                }
                let above = corners.count { $0.height >= 0 }
                if above == 4 {
                    full = (full?.lowerBound ?? column)..<column + 1
                    continue
                }
                closeFull()
                guard above > 0 else { continue }
                let (outline, crossings) = Self.clipped(corners)
                regions.append(outline)
                for pair in stride(from: 0, to: crossings.count - 1, by: 2) {
                    lines.append((crossings[pair], crossings[pair + 1]))
                }
            }
            closeFull()
        }
        self.regions = regions
        self.lines = lines
    }

    private static let corners = [(0, 0), (1, 0), (1, 1), (0, 1)]

    /// The part of a cell that is not below the level, and where its outline crosses it.
    private static func clipped(
        _ corners: [(place: Place, height: Double)]
    ) -> (outline: [Place], crossings: [Place]) {
        var (outline, crossings): ([Place], [Place]) = ([], [])
        for index in corners.indices {
            let (here, next) = (corners[index], corners[(index + 1) % corners.count])
            if here.height >= 0 { outline.append(here.place) }
            guard (here.height >= 0) != (next.height >= 0) else { continue }
            let share =
                here.height.isFinite && next.height.isFinite
                ? here.height / (here.height - next.height) : 0.5
            let crossing = here.place + share * (next.place - here.place)
            outline.append(crossing)
            crossings.append(crossing)
        }
        return (outline, crossings)
    }
}
