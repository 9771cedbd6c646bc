import NNGraph

/// The graph with sums taken from each other where one pass over memory does for several.
///
/// A factor that is the same all along the summed axes comes out of a sum: `Σ x · c = c · Σ x`. Sums that so turn out to
/// be multiples of one are computed once. A sum of differences follows from sums that are there anyway: the gradient of
/// batch normalization asks for `Σ (a · g + b · (x − m))`, and has the sums of g and of x. Results are rounded in another
/// order.
package func factoringSums(of graph: Graph) throws -> Graph {
    var sums: [Tensor: (axes: [Int], terms: [Term])] = [:]
    var users: [Key: Int] = [:]
    for node in graph.nodes {
        guard case .reduce(.sum, let axes) = node.operation, node.type.elementType == .float,
            let terms = Term.terms(of: node.operands[0], along: Set(axes))
        else { continue }
        sums[node] = (axes, terms)
        if terms.count == 1 { users[Key(axes, terms[0]), default: 0] += 1 }
    }
    sums = sums.filter { _, sum in
        let terms = sum.terms
        guard terms.count == 1 else {
            // One sum that was not there takes the place of this one, and need not wait for others.
            let missing = terms.filter {
                !$0.factors.isEmpty && users[Key(sum.axes, $0)] == nil
            }
            return Set(missing.map { Key(sum.axes, $0) }).count <= 1
        }
        return !terms[0].isPlain && users[Key(sum.axes, terms[0]), default: 0] > 1
    }
    guard !sums.isEmpty else { return graph }
    var replacements: [Tensor: Tensor] = [:]
    var known: [Key: Tensor] = [:]
    for node in graph.nodes where node.operation.leafName == nil {
        replacements[node] = try Origin.within(node.origin) {
            let operands = node.operands.map { replacements[$0] ?? $0 }
            guard let (axes, terms) = sums[node] else {
                return operands == node.operands ? node : try Tensor(node.operation, operands)
            }
            let parts = try terms.map { term in
                let current = term.replacing(replacements)
                if term.factors.isEmpty { return try current.scaled(nil, along: axes, of: node) }
                let base = try known[Key(axes, term)] ?? current.sum(axes)
                known[Key(axes, term)] = base
                return try current.scaled(base, along: axes, of: node)
            }
            return try parts.dropFirst().reduce(parts[0]) { try $0 + $1 }
        }
    }
    return try graph.replacing(replacements)
}

/// What makes two sums multiples of each other.
private struct Key: Hashable {
    let axes: [Int]
    let factors: [Tensor: Int]

    init(_ axes: [Int], _ term: Term) {
        self.axes = axes.sorted()
        factors = Dictionary(term.factors.map { ($0, 1) }, uniquingKeysWith: +)
    }
}

/// A product of factors, some of which are the same all along the summed axes.
private struct Term {
    var isNegative = false
    /// What is the same, multiplied and divided by.
    var coefficients: [Tensor] = []
    var divisors: [Tensor] = []
    var factors: [Tensor] = []

    /// Whether each of its products is rounded before it is added to others.
    ///
    /// Where large numbers cancel, only these lose nothing by being added up first.
    var isRounded: Bool { !coefficients.isEmpty || !divisors.isEmpty }

    /// Whether nothing comes out of the sum.
    var isPlain: Bool { !isNegative && coefficients.isEmpty && divisors.isEmpty }

    /// More of them cost more than the pass over memory that they save, and so do operations on operations.
    private static let limit = 8

    /// The terms whose sum a tensor is; nil if there are too many.
    static func terms(of x: Tensor, along axes: Set<Int>, depth: Int = 0) -> [Term]? {
        if axes.isSubset(of: x.repeatedAxes) { return [Term(coefficients: [x])] }
        guard depth < limit else { return [Term(factors: [x])] }
        func both(_ change: (inout Term) -> Void) -> [Term]? {
            guard let first = terms(of: x.operands[0], along: axes, depth: depth + 1),
                let second = terms(of: x.operands[1], along: axes, depth: depth + 1),
                first.count + second.count <= limit
            else { return nil }
            let isDeviation =
                first.count == 1 && first[0].isPlain && second[0].factors.isEmpty
                && first[0].factors.contains {
                    x.operands[1].followsFromSum(of: $0, along: axes)
                }
            guard isDeviation || (first + second).allSatisfy(\.isRounded) else {
                return [Term(factors: [x])]
            }
            return first
                + second.map {
                    var term = $0
                    change(&term)
                    return term
                }
        }
        func scaled(_ operand: Int, _ change: (inout Term) -> Void) -> [Term]? {
            terms(of: x.operands[operand], along: axes, depth: depth + 1)?.map {
                var term = $0
                change(&term)
                return term
            }
        }
        func isRepeated(_ operand: Int) -> Bool {
            axes.isSubset(of: x.operands[operand].repeatedAxes)
        }
        switch x.operation {
        case .binary(.add): return both { _ in }
        case .binary(.subtract): return both { $0.isNegative.toggle() }
        case .unary(.negate): return scaled(0) { $0.isNegative.toggle() }
        case .binary(.divide) where isRepeated(1):
            return scaled(0) { $0.divisors.append(x.operands[1]) }
        case .binary(.multiply) where isRepeated(1):
            return scaled(0) { $0.coefficients.append(x.operands[1]) }
        case .binary(.multiply) where isRepeated(0):
            return scaled(1) { $0.coefficients.append(x.operands[0]) }
        case .binary(.multiply): return [product(of: x, along: axes, depth: depth)]
        default: return [Term(factors: [x])]
        }
    }

    /// A tensor as one product.
    private static func product(of x: Tensor, along axes: Set<Int>, depth: Int) -> Term {
        if axes.isSubset(of: x.repeatedAxes) { return Term(coefficients: [x]) }
        guard depth < limit else { return Term(factors: [x]) }
        func operand(_ index: Int) -> Term {
            product(of: x.operands[index], along: axes, depth: depth + 1)
        }
        switch x.operation {
        case .binary(.multiply):
            let (a, b) = (operand(0), operand(1))
            return Term(
                isNegative: a.isNegative != b.isNegative,
                coefficients: a.coefficients + b.coefficients, divisors: a.divisors + b.divisors,
                factors: a.factors + b.factors)
        case .binary(.divide) where axes.isSubset(of: x.operands[1].repeatedAxes):
            var term = operand(0)
            term.divisors.append(x.operands[1])
            return term
        case .unary(.negate):
            var term = operand(0)
            term.isNegative.toggle()
            return term
        default: return Term(factors: [x])
        }
    }

    /// The term of what tensors have become.
    func replacing(_ replacements: [Tensor: Tensor]) -> Term {
        func replaced(_ tensors: [Tensor]) -> [Tensor] { tensors.map { replacements[$0] ?? $0 } }
        return Term(
            isNegative: isNegative, coefficients: replaced(coefficients),
            divisors: replaced(divisors), factors: replaced(factors))
    }

    /// The sum of the product of the factors.
    func sum(_ axes: [Int]) throws -> Tensor {
        let product = try factors.dropFirst().reduce(factors[0]) { try $0 * $1 }
        return try Tensor(.reduce(.sum, axes: axes), [product])
    }

    /// A sum of the factors, or of ones where there are none, with what came out of it.
    func scaled(_ sum: Tensor?, along axes: [Int], of node: Tensor) throws -> Tensor {
        func once(_ x: Tensor) throws -> Tensor {
            let first = try axes.reduce(x) { try $0.slice(0..<1, axis: $1) }
            return try first.reshape(node.shape)
        }
        let count = axes.map { node.operands[0].shape[$0] }.reduce(1, *)
        var result = try sum ?? .constant(Double(count), node.shape)
        for coefficient in coefficients { result = try result * once(coefficient) }
        for divisor in divisors { result = try result / once(divisor) }
        return isNegative ? try -result : result
    }
}

extension Tensor {
    /// Whether a view shows what small operations make of the sum of a tensor, such as its mean.
    fileprivate func followsFromSum(of x: Tensor, along axes: Set<Int>, depth: Int = 0) -> Bool {
        if case .reduce(.sum, let summed) = operation {
            return operands[0] == x && Set(summed) == axes
        }
        return depth < 8
            && operands.contains { $0.followsFromSum(of: x, along: axes, depth: depth + 1) }
    }

    /// The axes along which a view has the same elements everywhere.
    fileprivate var repeatedAxes: Set<Int> {
        if repeatedValue != nil { return Set(shape.dimensions.indices) }
        let single = Set(shape.dimensions.indices.filter { shape[$0] == 1 })
        switch operation {
        case .broadcast:
            let source = operands[0]
            let added = shape.rank - source.shape.rank
            let widened = shape.dimensions.indices.filter {
                $0 < added || source.shape[$0 - added] != shape[$0]
            }
            return single.union(widened).union(source.repeatedAxes.map { $0 + added })
        case .transpose(let order):
            let repeated = operands[0].repeatedAxes
            return Set(order.indices.filter { repeated.contains(order[$0]) })
        case .slice: return single.union(operands[0].repeatedAxes)
        default: return single
        }
    }
}
