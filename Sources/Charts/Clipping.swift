/// Cuts lines at the frame of a chart.
enum Clipping {
    /// The part of a segment within 0...1 in both directions (Liang and Barsky, 1984); nil if none.
    static func inUnitSquare(
        _ start: SIMD2<Double>, _ end: SIMD2<Double>
    ) -> (SIMD2<Double>, SIMD2<Double>)? {
        let direction = end - start
        var (first, last) = (0.0, 1.0)
        for axis in 0..<2 {
            for (way, room) in [
                (-direction[axis], start[axis]), (direction[axis], 1 - start[axis]),
            ] {
                if way == 0 {
                    if room < 0 { return nil }
                } else if way < 0 {
                    first = max(first, room / way)
                } else {
                    last = min(last, room / way)
                }
            }
        }
        guard first <= last else { return nil }
        return (
            first == 0 ? start : start + first * direction,
            last == 1 ? end : start + last * direction
        )
    }
}
