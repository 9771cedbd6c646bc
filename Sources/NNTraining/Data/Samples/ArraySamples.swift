import NNFiles

/// Samples of an array whose bytes have to be there before the first of them is: one with its first index fastest.
struct ArraySamples: SampleReader {
    let sampleShape: [Int]
    private let featureCount: Int
    private let features: Features
    private var position = 0

    /// Reads all of a stream in NumPy's format.
    init(_ stream: ByteStream, missing: MissingValues = .refuse) throws(DataError) {
        var stream = stream
        let bytes = try stream.take(InputFile.memoryLimit)
        guard try stream.available().isEmpty else {
            throw .tooLarge(file: stream.name, limit: InputFile.memoryLimit)
        }
        let array = try NumPyArray(Array(bytes), name: stream.name, allowingNaN: missing == .mean)
        features = Features(array.elements)
        guard let count = array.shape.first, count > 0, !features.isEmpty else {
            throw .noSamples(stream.name)
        }
        featureCount = features.count / count
        sampleShape = array.shape.sampleShape
    }

    mutating func next(_ limit: Int) throws(DataError) -> [Float] {
        let end = min(features.count, position + limit * featureCount)
        defer { position = end }
        return try features.numbers(position..<end)
    }
}

extension [Int] {
    /// What follows the number of samples: of numbers alone, each of them is a sample.
    var sampleShape: [Int] { count > 1 ? Array(dropFirst()) : [1] }
}
