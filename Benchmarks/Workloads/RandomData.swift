import NNGPU

/// Random numbers made on the device itself, since the host would need seconds for large ones.
///
/// Zeros would let a processor save the work that real numbers cost.
enum RandomData {
    /// A buffer of uniform numbers, a function of `stream` alone.
    static func uniform(
        _ shape: Shape, in range: Range<Double>, stream: UInt32, on backend: any Backend
    ) throws -> any TensorBuffer {
        let step = try Tensor.input("step", .scalar, .int32)
        let numbers = try Tensor.uniform(shape, seed: 1, stream: stream, step: step)
        let scaled = try numbers * (range.upperBound - range.lowerBound) + range.lowerBound
        let executable = try backend.compile(Graph(outputs: ["numbers": scaled]))
        try executable.run()
        return try executable.buffer(named: "numbers")
    }

    /// Whole numbers from 0 to `limit` - 1, with repetitions.
    static func indices(count: Int, below limit: Int) -> [Int32] {
        let philox = Philox(seed: 1)
        return (0..<count).map {
            Int32(Double(philox.uniform(index: UInt64($0), step: 0, stream: 7)) * Double(limit))
        }
    }
}
