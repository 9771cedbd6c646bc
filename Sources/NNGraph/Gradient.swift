/// The gradients of `y` with respect to each of `xs`, as tensors that can be differentiated again.
///
/// Reverse mode: one pass from `y` back to the `xs` applies the derivative rule of every operation
/// in between once, so the cost is a small multiple of computing `y` itself, however many elements
/// the `xs` have. The gradient of each `x` has its shape; it is zero where `y` does not depend on
/// it. The `xs` may be any tensors that `y` is computed from, not only leaves.
///
/// - Parameters:
///   - y: What to differentiate. Unless it is a single number, the result is the gradient of
///     `Σ y · upstream`.
///   - xs: What to differentiate with respect to.
///   - upstream: The gradient arriving at `y`, of its shape; all ones by default.
/// - Returns: A gradient for each of `xs`, of its shape.
/// - Throws: ``GraphError`` if `upstream` has another shape than `y`.
public func gradients(
    of y: Tensor, withRespectTo xs: [Tensor], upstream: Tensor? = nil
) throws -> [Tensor] {
    if let upstream, upstream.type != y.type {
        throw GraphError.mismatch(
            name: "upstream", expected: y.type, found: upstream.type.description)
    }
    let order = topologicalOrder([y])
    var reaches = Set(xs)
    for node in order where node.operands.contains(where: reaches.contains) { reaches.insert(node) }

    var gradientOf: [Tensor: Tensor] = [y: try upstream ?? .constant(1, y.shape)]
    for node in order.reversed() where reaches.contains(node) {
        guard let gradient = gradientOf[node] else { continue }
        let needed = node.operands.map(reaches.contains)
        guard needed.contains(true) else { continue }
        try Origin.within(node.origin?.gradient ?? Origin.current) {
            for (index, part) in try node.pullback(gradient, needed: needed).enumerated() {
                guard let part, needed[index] else { continue }
                let operand = node.operands[index]
                gradientOf[operand] = try gradientOf[operand].map { try $0 + part } ?? part
            }
        }
    }
    return try xs.map { try gradientOf[$0] ?? .constant(0, $0.shape) }
}

/// Every tensor that the given ones are computed from, operands before results, each once.
///
/// The order depends on the graph alone, so compiling it twice gives the same program.
func topologicalOrder(_ roots: [Tensor]) -> [Tensor] {
    var order: [Tensor] = []
    var seen: Set<Tensor> = []
    // A stack of its own: a graph may be deeper than the call stack allows.
    var stack: [(node: Tensor, next: Int)] = []
    for root in roots where seen.insert(root).inserted {
        stack.append((root, 0))
        while let (node, next) = stack.last {
            if next < node.operands.count {
                stack[stack.count - 1].next += 1
                let operand = node.operands[next]
                if seen.insert(operand).inserted { stack.append((operand, 0)) }
            } else {
                order.append(node)
                stack.removeLast()
            }
        }
    }
    return order
}
