/// A layer or a model that consists of layers.
protocol LayerContainer {
    /// What it consists of.
    var layers: [any Layer] { get }
}

/// How large a model may be: a file may list any number of layers, and each takes memory and depth of the stack.
package enum ModelLimits {
    /// The most layers of a model, those inside of others included.
    package static let layerCount = 10_000
    /// How deep layers may lie inside of each other.
    package static let depth = 100

    /// Throws for more layers, or layers deeper inside of each other, than a model may have.
    static func check(_ part: any ModelPart) throws(ModelError) {
        guard try count(of: part, withinDepth: depth) <= layerCount else {
            throw .layerCount(limit: layerCount)
        }
    }

    private static func count(of part: any ModelPart, withinDepth depth: Int) throws(ModelError)
        -> Int
    {
        guard let container = part as? any LayerContainer else { return 0 }
        guard depth > 0 else { throw .nesting(limit: Self.depth) }
        var count = container.layers.count
        for part in container.layers { count += try Self.count(of: part, withinDepth: depth - 1) }
        return count
    }
}
