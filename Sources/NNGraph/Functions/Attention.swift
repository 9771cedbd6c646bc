/// What each query takes from all values: `softmax(q · kᵀ · scale) · v` (Vaswani et al., 2017).
///
/// This is the definition by products and a softmax: a backend may compute it otherwise, and has to agree with it.
/// A query that no key counts for gives 0, as in PyTorch's `scaled_dot_product_attention`, and no NaN.
///
/// - Parameters:
///   - queries: q [batch, heads, queries, width].
///   - keys: k [batch, groups, keys, width]; as many heads in a row as there are to a group share its keys and values.
///   - values: v [batch, groups, keys, value width].
///   - isCausal: Whether query i sees the keys up to key i alone, counted from the first of both.
///   - keyMask: Which keys count, [batch, keys], float or int32: not those where it is 0. Nil for all.
///   - scale: What the products are multiplied by; by default `1/√width`.
///   - weighting: Changes the weights [batch, groups, heads of a group, queries, keys] before they are applied, such as
///     by dropout.
/// - Returns: [batch, heads, queries, value width].
/// - Throws: ``GraphError`` for shapes that do not fit together.
public func attention(
    _ queries: Tensor, _ keys: Tensor, _ values: Tensor, isCausal: Bool = false,
    keyMask: Tensor? = nil, scale: Double? = nil,
    weighting: (Tensor) throws -> Tensor = { $0 }
) throws -> Tensor {
    let form = try AttentionForm(queries, keys, values, keyMask)
    let scale = scale ?? 1 / Double(form.width).squareRoot()
    // The heads of a group and their queries are rows of one product.
    let rows = try (queries * scale).reshape(
        [form.batch, form.groups, form.heads * form.queries, form.width])
    let products = try matmul(rows, keys, transposeB: true).reshape(form.weights)
    let isHidden = try form.isHidden(isCausal: isCausal, keyMask)
    // Not -∞: a row without anything else would have no largest element to be shifted by.
    let scores = try isHidden.map {
        try select($0, .constant(-Double(Float.greatestFiniteMagnitude)), products)
    }
    var weights = try softmax(scores ?? products)
    // Under the causal mask alone every query sees the first key, and what it does not see has the weight 0 already.
    if keyMask != nil, let isHidden { weights = try select(isHidden, .constant(0), weights) }
    let mixed = try matmul(
        weighting(weights).reshape(
            [form.batch, form.groups, form.heads * form.queries, form.keys]), values)
    return try mixed.reshape([form.batch, form.groups * form.heads, form.queries, values.shape[3]])
}

/// The sizes of an attention.
private struct AttentionForm {
    let batch, groups: Int
    /// The heads of a group.
    let heads: Int
    let queries, keys, width: Int

    init(_ q: Tensor, _ k: Tensor, _ v: Tensor, _ mask: Tensor?) throws {
        func wrong(_ problem: String) -> GraphError {
            .shape(
                operation: "attention", operands: [q, k, v, mask].compactMap { $0?.type },
                problem: problem)
        }
        guard [q, k, v].allSatisfy({ $0.shape.rank == 4 && $0.type.elementType == .float }) else {
            throw wrong("queries, keys and values must be float [batch, heads, places, width]")
        }
        (batch, groups, keys, width) = (k.shape[0], k.shape[1], k.shape[2], k.shape[3])
        queries = q.shape[2]
        guard groups > 0, q.shape[1] > 0, q.shape[1].isMultiple(of: groups),
            q.shape[0] == batch, q.shape[3] == width, v.shape[0] == batch, v.shape[1] == groups,
            v.shape[2] == keys
        else {
            throw wrong(
                "the heads of the queries must be a multiple of those of keys and values, and all other sizes agree"
            )
        }
        heads = q.shape[1] / groups
        guard mask.map({ $0.shape == [batch, keys] && $0.type.elementType != .unorm8 }) ?? true
        else { throw wrong("the mask must be float or int32 [batch, keys]") }
    }

    /// The shape of the weights.
    var weights: Shape { [batch, groups, heads, queries, keys] }

    /// 1 where a query does not see a key and 0 elsewhere, in a shape that spreads over ``weights``; nil if all see all.
    func isHidden(isCausal: Bool, _ keyMask: Tensor?) throws -> Tensor? {
        let isMasked = try keyMask.map { mask in
            try compare(mask, .equal, .constant(0, .scalar, mask.type.elementType))
                .reshape([batch, 1, 1, 1, keys])
        }
        guard isCausal else { return isMasked }
        let isLater = try compare(
            .constant(Array(0..<Int32(queries)), [queries, 1]), .less,
            .constant(Array(0..<Int32(keys)), [1, keys]))
        // Nothing is rounded, so that each choice is certain.
        return try isMasked.map { try maximum($0, isLater) } ?? isLater
    }
}
