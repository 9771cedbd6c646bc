import NNGraph
import NNReference
import Testing

/// The elements of a tensor, computed by the reference in double precision.
func values(of tensor: Tensor, _ leaves: [String: [Double]] = [:]) throws -> [Double] {
    let backend = ReferenceBackend<Double>()
    let executable = try backend.compile(Graph(outputs: ["result": tensor]))
    for (name, values) in leaves {
        try backend.write(values, to: executable.buffer(named: name))
    }
    try executable.run()
    let result = try executable.buffer(named: "result")
    return tensor.type.elementType == .int32
        ? try backend.readInt32s(result).map { Double($0) } : try backend.read(result)
}

/// Records an issue unless a tensor has a shape and elements, up to the last bits.
func expect(
    _ tensor: Tensor, is expected: [Double], _ shape: Shape,
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    #expect(tensor.shape == shape, sourceLocation: sourceLocation)
    let found = try values(of: tensor)
    let isRight =
        found.count == expected.count
        && zip(found, expected).allSatisfy {
            Swift.abs($0 - $1) <= 1e-14 * Swift.max(1, Swift.abs($1))
        }
    #expect(isRight, "\(found), not \(expected)", sourceLocation: sourceLocation)
}
