/// A value for every byte of some memory, kept for ranges of bytes that have the same one.
///
/// Accesses to one storage are many where thousands of parameters lie in one vector, and each has to
/// be compared with those before it: a list of ranges makes that a search, not a walk over all.
struct ByteRangeMap<Value> {
    /// Where a range begins and what its bytes have, ascending; it ends where the next one begins.
    private var segments: [(start: Int, value: Value)]

    /// Every byte has the same value at first.
    init(_ value: Value) { segments = [(.min, value)] }

    /// The values of the bytes in a range that is not empty, from the first to the last.
    func values(in range: Range<Int>) -> some Sequence<Value> {
        let first = index(of: range.lowerBound)
        return segments[first...].lazy.enumerated().prefix { offset, segment in
            offset == 0 || segment.start < range.upperBound
        }.map(\.element.value)
    }

    /// Changes the values of the bytes in a range that is not empty.
    mutating func update(_ range: Range<Int>, _ change: (inout Value) -> Void) {
        let first = split(at: range.lowerBound), end = split(at: range.upperBound)
        for index in first..<end { change(&segments[index].value) }
    }

    /// Makes a segment begin at a byte, and returns which.
    private mutating func split(at byte: Int) -> Int {
        let index = index(of: byte)
        guard segments[index].start < byte else { return index }
        segments.insert((byte, segments[index].value), at: index + 1)
        return index + 1
    }

    /// The segment that a byte is in.
    private func index(of byte: Int) -> Int {
        var (low, high) = (0, segments.count)
        while low + 1 < high {
            let middle = (low + high) / 2
            if segments[middle].start <= byte { low = middle } else { high = middle }
        }
        return low
    }
}
