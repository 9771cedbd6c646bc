import NNGraph
import NNReference
import Testing

/// Records an issue unless every result is within its bound; names the first that is not.
func expectAdmitted(
    _ results: Values, by bounds: [Bounded], _ context: @autoclosure () -> String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let floats: [Float] =
        switch results {
        case .floats(let values): values
        case .int32s(let values): values.map { Float($0) }
        case .unorm8s(let bytes): bytes.map(ElementType.number)
        }
    guard floats.count == bounds.count else {
        Issue.record(
            "\(context()): \(floats.count) results, not \(bounds.count)",
            sourceLocation: sourceLocation)
        return
    }
    let bad = floats.indices.filter { !bounds[$0].admits(floats[$0]) }
    guard let first = bad.first else { return }
    let (bound, result) = (bounds[first], floats[first])
    Issue.record(
        """
        \(context()): element \(first) is \(result), which is \
        \(abs(Double(result) - bound.value)) from \(bound.value); at most \(bound.error) is due to \
        rounding (\(bad.count) of \(floats.count) elements are off)
        """, sourceLocation: sourceLocation)
}

/// Records an issue unless both have the same bits; names the first element that differs.
func expectSameBits(
    _ results: Values, _ expected: Values, _ context: @autoclosure () -> String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let (a, b) = (results.bits, expected.bits)
    guard a != b else { return }
    let first = zip(a, b).enumerated().first { $1.0 != $1.1 }?.offset
    Issue.record(
        "\(context()): differs from element \(first ?? min(a.count, b.count)) on: \(results), \(expected)",
        sourceLocation: sourceLocation)
}

/// How large a typical bound is beside the largest of the numbers.
func typicalRelativeBound(_ bounds: [Bounded]) -> Double {
    let largest = bounds.map { abs($0.value) }.max() ?? 0
    let sorted = bounds.map(\.error).sorted()
    guard largest > 0 else { return 0 }
    return sorted[sorted.count / 2] / largest
}

extension ReferenceBackend<Bounded> {
    /// The contents of a buffer with their bounds.
    func bounds(of buffer: any TensorBuffer) throws -> [Bounded] { try readScalars(buffer) }
}
