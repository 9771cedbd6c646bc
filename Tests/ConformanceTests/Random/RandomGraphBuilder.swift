import NNGraph
import TestSupport

/// Puts a random graph together, node by node, from operations that stay well conditioned.
///
/// Every tensor comes with a bound on its magnitude, so that nothing overflows however deep the
/// graph grows, and functions with poles are kept away from them.
struct RandomGraphBuilder {
    struct Entry {
        let tensor: Tensor
        let magnitude: Double
    }

    var random: Randomness
    let isSmooth: Bool
    /// Whether elementwise operations are of few kinds, so that most kernels are built already.
    let isPlain: Bool
    private(set) var pool: [Entry] = []
    private(set) var values: [String: Values] = [:]
    private(set) var parameters: [Tensor] = []

    private let step: Tensor
    private let size: Int

    init(_ seed: UInt64, isSmooth: Bool) throws {
        random = Randomness(seed)
        self.isSmooth = isSmooth
        let isOfFewKinds = random.bool(0.8)
        isPlain = isOfFewKinds && !isSmooth
        // Compiling takes most of the time, so large graphs are the exception.
        size =
            random.bool(0.3) ? random.integer(20...(isSmooth ? 30 : 60)) : random.integer(10...20)
        step = try .parameter("step", .scalar, .int32)
        values["step"] = .int32s([Int32(random.integer(-3...1000))])
        // Parameters come in families of one shape, so that they can change places.
        for _ in 0..<random.integer(1...2) {
            let shape = anyShape()
            for _ in 0..<random.integer(1...3) { try addParameter(shape) }
        }
    }

    // MARK: - Leaves

    private mutating func anyShape() -> Shape {
        let extents = isSmooth ? [1, 2, 3, 5] : [1, 2, 3, 5, 7, 8, 13, 16, 17, 33, 64, 65]
        var dimensions: [Int] = []
        for _ in 0..<random.choice([0, 1, 1, 2, 2, 2, 3, 3, 4]) {
            let extent = random.choice(extents)
            let count = dimensions.reduce(1, *)
            dimensions.append(count * extent > (isSmooth ? 60 : 3000) ? 1 : extent)
        }
        return Shape(dimensions)
    }

    private mutating func addParameter(_ shape: Shape) throws {
        let tensor = try Tensor.parameter("p\(parameters.count)", shape)
        values["p\(parameters.count)"] = reals(shape)
        parameters.append(tensor)
        pool.append(Entry(tensor: tensor, magnitude: 1.5))
    }

    private mutating func reals(_ shape: Shape) -> Values {
        .floats((0..<shape.count).map { _ in Float(random.real(-1.5, 1.5)) })
    }

    /// A new input or constant of real numbers.
    mutating func real(_ shape: Shape) throws -> Entry {
        let tensor: Tensor
        switch random.integer(0...5) {
        case 0: tensor = try .constant(random.real(-1.5, 1.5), shape)
        case 1:
            tensor = try .constant((0..<shape.count).map { _ in random.real(-1.5, 1.5) }, shape)
        case 2 where !isSmooth:
            let stream = UInt32(random.integer(0...9))
            tensor = try .uniform(shape, seed: random.next(), stream: stream, step: step)
        default:
            let name = "i\(values.count)"
            tensor = try .input(name, shape)
            values[name] = reals(shape)
        }
        return Entry(tensor: tensor, magnitude: 1.5)
    }

    /// New indices, computed from a new leaf or one themselves, some of which may lie outside.
    mutating func indices(_ shape: Shape, below count: Int, outside: Bool = false) throws -> Tensor
    {
        if random.bool(isPlain ? 0.05 : 0.3) {
            let share = try tanh(real(shape).tensor) * 0.5 + (outside ? 0.6 : 0.5)
            return try (share * count).convert(to: .int32)
        }
        let range = outside ? -1...count : 0...count - 1
        let numbers = (0..<shape.count).map { _ in Int32(random.integer(range)) }
        if random.bool(0.3) {
            return try Tensor(.constant(numbers.map { Double($0) }, TensorType(shape, .int32)))
        }
        let name = "i\(values.count)"
        values[name] = .int32s(numbers)
        return try .input(name, shape, .int32)
    }

    // MARK: - Growing

    /// One of the tensors so far, more often a recent one.
    mutating func any() -> Entry {
        random.bool(0.4)
            ? pool[pool.count - 1 - random.integer(0...min(4, pool.count - 1))]
            : random.choice(pool)
    }

    mutating func grow() throws {
        while pool.count < size {
            let next = try grown(from: any())
            // Nothing may grow without bound, in size or in magnitude.
            guard next.tensor.shape.count <= (isSmooth ? 200 : 6000) else { continue }
            pool.append(
                next.magnitude < 100
                    ? next
                    : Entry(tensor: try tanh(next.tensor * (1 / next.magnitude)), magnitude: 1))
        }
    }

    // MARK: - The ends

    /// Σ of something computed, which depends on a parameter wherever there is such a thing.
    mutating func scalar() throws -> Tensor {
        let last = pool.suffix(8).map(\.tensor)
        let terms = try last.map { try $0.mean() * random.real(0.5, 1) }
        return try terms.dropFirst().reduce(terms[0]) { try $0 + $1 }
    }

    mutating func finish() throws -> Graph {
        var outputs = (0..<random.integer(1...3)).map { _ in any().tensor }
        if random.bool(0.3) { outputs.append(random.choice(parameters)) }
        if random.bool(0.3) {
            let view = random.choice(parameters)
            let count = view.shape.count
            outputs.append(try view.reshape([count]).broadcast(to: [2, count]))
        }
        if random.bool(0.3) { outputs.append(try placeOfLargest()) }
        if random.bool(isPlain ? 0.05 : 0.3) {
            outputs.append(try any().tensor.convert(to: .int32))
        }
        if random.bool(isPlain ? 0.05 : 0.4) {
            let all = try gradients(of: scalar(), withRespectTo: parameters)
            outputs.append(try concatenate(all.map { try $0.reshape([$0.shape.count]) }))
        }
        let updates = try updates()
        if let update = updates.first, random.bool(0.3) { outputs.append(update.value) }
        return try Graph(
            outputs: outputs.enumerated().map { ("o\($0)", $1) }, updates: updates)
    }

    /// Of an input: a parameter is rounded from its first update on, and rounding decides near ties.
    private mutating func placeOfLargest() throws -> Tensor {
        let shape = random.choice(parameters).shape
        var numbers = Randomness("largest")
        values["largest"] = .floats((0..<shape.count).map { _ in Float(numbers.real(-1.5, 1.5)) })
        return try Tensor.input("largest", shape).reshape([shape.count]).argmax()
    }

    /// New values for some parameters, from themselves, from each other and from what is computed.
    private mutating func updates() throws -> [(parameter: Tensor, value: Tensor)] {
        var result: [(parameter: Tensor, value: Tensor)] = []
        for parameter in parameters where random.bool(0.8) {
            let twins = parameters.filter { $0.shape == parameter.shape }
            let (a, b) = (random.choice(twins), random.choice(twins))
            let fitting = pool.filter { $0.tensor.shape.count == parameter.shape.count }
            let computed = try random.choice(fitting).tensor.reshape(parameter.shape)
            let value =
                switch random.integer(0...9) {
                case 0, 1: a
                case 2: try (a + b) * 0.5
                case 3: try (a - b) * 0.5
                case 4: try tanh(a)
                case 5: try maximum(a, b * 0.9)
                case 6: computed
                case 7: try parameter * 0.9 + tanh(computed) * 0.1
                case 8: try reversed(a, b)
                default: try tanh(computed)
                }
            result.append((parameter, value))
        }
        // The order of updates must not matter.
        for index in result.indices.reversed() { result.swapAt(index, random.integer(0...index)) }
        return result
    }

    /// Halves of two parameters in changed places.
    private func reversed(_ a: Tensor, _ b: Tensor) throws -> Tensor {
        let count = a.shape.count
        guard count > 1 else { return b }
        let (x, y) = try (a.reshape([count]), b.reshape([count]))
        return try concatenate([x.slice(count / 2..<count), y.slice(0..<count / 2)]).reshape(
            a.shape)
    }
}
