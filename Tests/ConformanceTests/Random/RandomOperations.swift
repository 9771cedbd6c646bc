import NNGraph

extension RandomGraphBuilder {
    /// The result of a random operation on a tensor and whatever fits it.
    mutating func grown(from x: Entry) throws -> Entry {
        switch random.integer(0...19) {
        case 0...4: try unary(x)
        case 5...9: try binary(x)
        case 10...12: try movement(x)
        case 13: try concatenation(x)
        case 14, 15: try reduction(x)
        case 16: random.bool(0.7) ? try product(x) : try convolved(x)
        case 17: try rows(x)
        case 18: try indexed(x)
        default: isSmooth || isPlain ? try unary(x) : try selection(x)
        }
    }

    // MARK: - Elementwise

    private mutating func unary(_ x: Entry) throws -> Entry {
        let (t, m) = (x.tensor, x.magnitude)
        return switch isPlain ? 4 : random.integer(0...(isSmooth ? 11 : 17)) {
        case 0: Entry(tensor: try tanh(t), magnitude: 1)
        case 1: Entry(tensor: try sigmoid(t), magnitude: 1)
        case 2: Entry(tensor: try softplus(t), magnitude: m + 1)
        case 3: Entry(tensor: try erf(t), magnitude: 1)
        case 4: Entry(tensor: try -t, magnitude: m)
        case 5: Entry(tensor: try exp(tanh(t)), magnitude: 3)
        case 6: Entry(tensor: try gelu(t), magnitude: m)
        case 7: Entry(tensor: try sqrt(t * t + 0.25), magnitude: m + 1)
        case 8: Entry(tensor: try log(t * t + 0.5), magnitude: 2 * m + 1)
        case 9: Entry(tensor: try sin(t), magnitude: 1)
        case 10: Entry(tensor: try cos(t), magnitude: 1)
        case 11:
            Entry(
                tensor: try layerNorm(t.flatten(), epsilon: 0.1),
                magnitude: Double(t.shape.count).squareRoot())
        case 12: Entry(tensor: try abs(t), magnitude: m)
        case 13: Entry(tensor: try relu(t), magnitude: m)
        case 14: Entry(tensor: try stopGradient(t), magnitude: m)
        case 15: Entry(tensor: try clip(t, min: -0.5, max: 0.75), magnitude: 1)
        case 16: Entry(tensor: try t.convert(to: .int32).convert(to: .float), magnitude: m)
        default: Entry(tensor: try leakyReLU(t), magnitude: m)
        }
    }

    private mutating func binary(_ x: Entry) throws -> Entry {
        let y = try partner(of: x)
        let (a, b, m) = (x.tensor, y.tensor, max(x.magnitude, y.magnitude))
        return switch isPlain ? random.choice([0, 3]) : random.integer(0...(isSmooth ? 6 : 10)) {
        case 0, 1: Entry(tensor: try a + b, magnitude: x.magnitude + y.magnitude)
        case 2: Entry(tensor: try a - b, magnitude: x.magnitude + y.magnitude)
        case 3, 4: Entry(tensor: try a * b, magnitude: x.magnitude * y.magnitude)
        case 5: Entry(tensor: try a / (b * b + 1), magnitude: x.magnitude)
        case 6: Entry(tensor: try power(tanh(a) + 1.5, tanh(b)), magnitude: 3)
        case 7: Entry(tensor: try maximum(a, b), magnitude: m)
        case 8: Entry(tensor: try minimum(a, b), magnitude: m)
        case 9:
            Entry(
                tensor: try compare(
                    a.convert(to: .int32), random.choice(Operation.Comparison.allCases),
                    b.convert(to: .int32)), magnitude: 1)
        default:
            Entry(
                tensor: try compare(a, random.choice(Operation.Comparison.allCases), b),
                magnitude: 1)
        }
    }

    /// A tensor that broadcasts with another: one there is, a part of it, or a new one.
    private mutating func partner(of x: Entry) throws -> Entry {
        let fitting = pool.filter { Shape.broadcast($0.tensor.shape, x.tensor.shape) != nil }
        if random.bool(0.8), !fitting.isEmpty { return random.choice(fitting) }
        var dimensions = x.tensor.shape.dimensions
        for axis in dimensions.indices where random.bool(0.3) { dimensions[axis] = 1 }
        dimensions.removeFirst(random.bool(0.3) ? min(1, dimensions.count) : 0)
        return try real(Shape(dimensions))
    }

    private mutating func selection(_ x: Entry) throws -> Entry {
        let (y, z) = (try partner(of: x), try partner(of: x))
        guard let shape = Shape.broadcast(x.tensor.shape, y.tensor.shape),
            Shape.broadcast(shape, z.tensor.shape) != nil
        else { return try unary(x) }
        let condition = try compare(x.tensor, .greater, .constant(random.real(-1, 1)))
        return Entry(
            tensor: try select(condition, y.tensor, z.tensor),
            magnitude: max(y.magnitude, z.magnitude))
    }

    // MARK: - Movement

    private mutating func movement(_ x: Entry) throws -> Entry {
        let (t, shape) = (x.tensor, x.tensor.shape)
        let moved: Tensor
        switch random.integer(0...6) {
        case 5: return try windows(x)
        case 6: return try padding(x)
        case 0:
            var permutation = Array(0..<shape.rank)
            for axis in permutation.indices { permutation.swapAt(axis, random.integer(0...axis)) }
            moved = try t.transpose(permutation)
        case 1:
            moved = try t.reshape(anotherShape(of: shape.count))
        case 2:
            var dimensions = shape.dimensions.map { $0 == 1 ? random.choice([1, 2, 5]) : $0 }
            if dimensions.count < 4, random.bool() {
                dimensions.insert(random.choice([1, 2, 3]), at: 0)
            }
            moved = try t.broadcast(to: Shape(dimensions))
        default:
            let lower = shape.dimensions.map { random.integer(0...($0 - 1) / 2) }
            let upper = zip(lower, shape.dimensions).map { random.integer($0 + 1...$1) }
            moved = try Tensor(.slice(lower: lower, upper: upper), [t])
        }
        return Entry(tensor: moved, magnitude: x.magnitude)
    }

    /// Windows of an axis, or their sum where they came from.
    private mutating func windows(_ x: Entry) throws -> Entry {
        let shape = x.tensor.shape
        guard shape.rank > 0 else { return try unary(x) }
        let axis = random.integer(0...shape.rank - 1)
        let found = Windows(
            over: shape[axis], size: random.integer(1...min(3, shape[axis])),
            stride: random.integer(1...3), dilation: random.integer(1...2))
        guard let windows = found else { return try unary(x) }
        let all = try Tensor(.windows(axis: axis, windows), [x.tensor])
        guard random.bool() else { return Entry(tensor: all, magnitude: x.magnitude) }
        let sums = try Tensor(.fold(axis: axis, extent: shape[axis], windows), [all])
        return Entry(tensor: sums, magnitude: x.magnitude * Double(windows.size))
    }

    private mutating func padding(_ x: Entry) throws -> Entry {
        let lower = x.tensor.shape.dimensions.map { _ in random.integer(0...2) }
        let upper = lower.map { _ in random.integer(0...1) }
        let value = random.choice([0, 0, 0.5])
        return Entry(
            tensor: try x.tensor.padded(lower: lower, upper: upper, value: value),
            magnitude: max(x.magnitude, value))
    }

    /// A convolution along the last axis, of what has channels before it.
    private mutating func convolved(_ x: Entry) throws -> Entry {
        let shape = x.tensor.shape
        guard shape.rank >= 2, shape[shape.rank - 1] >= 2 else { return try unary(x) }
        let channels = shape[shape.rank - 2],
            size = random.integer(1...min(3, shape[shape.rank - 1]))
        let samples = try x.tensor.reshape([-1, channels, shape[shape.rank - 1]])
        let weight = try real([random.choice(isSmooth ? [1, 2] : [1, 3, 17]), channels, size])
        let axis = WindowAxis(
            size: size, stride: random.integer(1...2),
            padding: (random.integer(0...1), random.integer(0...1)), dilation: 1)
        let scale = 1 / Double(channels * size)
        return Entry(
            tensor: try convolution(samples, weight.tensor, [axis]) * scale,
            magnitude: x.magnitude * weight.magnitude)
    }

    /// Another shape of as many elements.
    private mutating func anotherShape(of count: Int) -> Shape {
        var dimensions: [Int] = []
        var rest = count
        while dimensions.count < 3 {
            let divisor = random.choice((1...rest).filter { rest % $0 == 0 })
            dimensions.append(divisor)
            rest /= divisor
        }
        return Shape(rest == 1 && random.bool() ? dimensions : dimensions + [rest])
    }

    private mutating func concatenation(_ x: Entry) throws -> Entry {
        let rank = x.tensor.shape.rank
        guard rank > 0 else { return try unary(x) }
        let axis = random.integer(0...rank - 1)
        var parts = [x]
        for _ in 0..<random.integer(1...2) {
            let fitting = pool.filter {
                $0.tensor.shape.rank == rank
                    && $0.tensor.shape.removing([axis]) == x.tensor.shape.removing([axis])
            }
            parts.append(fitting.isEmpty ? x : random.choice(fitting))
        }
        for index in parts.indices { parts.swapAt(index, random.integer(0...index)) }
        return Entry(
            tensor: try concatenate(parts.map(\.tensor), axis: axis),
            magnitude: parts.map(\.magnitude).max() ?? 0)
    }

    // MARK: - Everything with a kernel of its own

    private mutating func reduction(_ x: Entry) throws -> Entry {
        let rank = x.tensor.shape.rank
        guard rank > 0 else { return try unary(x) }
        var axes = (0..<rank).filter { _ in random.bool() }
        if axes.isEmpty { axes = [random.integer(0...rank - 1)] }
        let keeping = random.bool()
        return !isSmooth && random.bool(0.4)
            ? Entry(tensor: try x.tensor.max(axes, keepingAxes: keeping), magnitude: x.magnitude)
            : Entry(tensor: try x.tensor.mean(axes, keepingAxes: keeping), magnitude: x.magnitude)
    }

    private mutating func product(_ x: Entry) throws -> Entry {
        let shape = x.tensor.shape
        guard shape.rank >= 2 else { return try unary(x) }
        let (transposeA, transposeB) = (random.bool(0.3), random.bool(0.3))
        let inner = shape[shape.rank - (transposeA ? 2 : 1)]
        let fitting = pool.filter {
            let other = $0.tensor.shape
            return other.rank >= 2 && other[other.rank - (transposeB ? 1 : 2)] == inner
                && Shape.broadcast(
                    Shape(Array(shape.dimensions.dropLast(2))),
                    Shape(Array(other.dimensions.dropLast(2)))) != nil
        }
        let columns = random.choice(isSmooth ? [1, 3] : [1, 3, 8, 17])
        let y =
            random.bool(0.6) && !fitting.isEmpty
            ? random.choice(fitting) : try real(transposeB ? [columns, inner] : [inner, columns])
        let product = try matmul(
            x.tensor, y.tensor, transposeA: transposeA, transposeB: transposeB)
        return Entry(
            tensor: try product * (1 / Double(inner)), magnitude: x.magnitude * y.magnitude)
    }

    /// The softmax family.
    private mutating func rows(_ x: Entry) throws -> Entry {
        let (t, m) = (x.tensor, x.magnitude)
        guard t.shape.rank > 0 else { return try unary(x) }
        let length = t.shape[t.shape.rank - 1]
        let rows = Shape(Array(t.shape.dimensions.dropLast()))
        switch random.integer(0...5) {
        case 0: return Entry(tensor: try softmax(t), magnitude: 1)
        case 1: return Entry(tensor: try logSoftmax(t), magnitude: 2 * m + 9)
        case 2: return Entry(tensor: try logSumExp(t), magnitude: m + 9)
        case 3:
            let labels = try indices(rows, below: length)
            return Entry(tensor: try softmaxCrossEntropy(t, labels), magnitude: 2 * m + 9)
        case 4:
            let labels = try indices(rows, below: length)
            let upstream = try real(rows)
            return Entry(
                tensor: try Tensor(.softmaxCrossEntropyGradient, [t, labels, upstream.tensor]),
                magnitude: upstream.magnitude)
        default:
            // Loss and gradient of the same logits, which share a kernel where they can.
            let labels = try indices(rows, below: length)
            let loss = try softmaxCrossEntropy(t, labels)
            let gradient = try gradients(of: loss, withRespectTo: [t])[0]
            return Entry(
                tensor: try gradient + (loss * 0.1).reshape(Shape(rows.dimensions + [1])),
                magnitude: 2 + m)
        }
    }

    private mutating func indexed(_ x: Entry) throws -> Entry {
        let shape = x.tensor.shape
        guard shape.rank > 0 else { return try unary(x) }
        if random.bool() {
            let places = try indices(random.choice([[], [3], [7], [2, 3]]), below: shape[0])
            return Entry(tensor: try x.tensor.gather(places), magnitude: x.magnitude)
        }
        let count = random.integer(1...9)
        let places = try indices([shape[0]], below: count, outside: true)
        let sums = try scatterAdd(x.tensor, at: places, count: count)
        return Entry(tensor: try sums * (1 / Double(shape[0])), magnitude: x.magnitude)
    }
}
