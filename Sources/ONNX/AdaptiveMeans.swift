/// The means of equal parts of an axis as a product: ONNX has no operator for parts that overlap.
enum AdaptiveMeans {
    /// The most elements of a matrix that is taken for one: any number of nodes may name it.
    static let maximumCount = 1 << 14

    /// What each part takes of each element, [parts, extent]: part i is elements ⌊i · n / k⌋ up to ⌈(i + 1) · n / k⌉.
    static func matrix(parts: Int, of extent: Int) -> [Float] {
        var matrix = [Float](repeating: 0, count: parts * extent)
        for part in 0..<parts {
            let range = part * extent / parts..<((part + 1) * extent + parts - 1) / parts
            for place in range { matrix[part * extent + place] = 1 / Float(range.count) }
        }
        return matrix
    }
}
