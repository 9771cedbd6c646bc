import NNGPU

/// One product of a convolution, ready to repeat.
///
/// Images and outputs have their channels innermost in memory, as they are inside of a network; the
/// weights are kept as a model keeps them.
public final class ConvolutionWorkload: Workload {
    /// What is computed.
    public let layer: ConvolutionCase

    private let backend: any Backend
    private let executable: any Executable
    private let operands: [String: any TensorBuffer]

    /// Compiles the product of random operands.
    public init(_ layer: ConvolutionCase, on backend: any Backend) throws {
        self.layer = layer
        self.backend = backend
        let size = layer.size, kernel = layer.kernel
        let images = try Tensor.input("x", [layer.batch, size, size, layer.inputs])
        let weight = try Tensor.input(
            "w", [layer.outputs, layer.inputs / layer.groups, kernel, kernel])
        let axis = WindowAxis(
            size: kernel, stride: layer.stride,
            padding: (layer.padding, layer.padding), dilation: layer.dilation)
        let outputs = try convolution(
            images.transpose([0, 3, 1, 2]), weight, [axis, axis], groups: layer.groups
        ).transpose([0, 2, 3, 1])
        let gradient = try Tensor.input("g", outputs.shape)
        let result =
            layer.part == .forward
            ? outputs
            : try gradients(
                of: outputs, withRespectTo: [layer.part == .input ? images : weight],
                upstream: gradient)[0]
        let graph = try Graph(outputs: ["result": result])
        var operands: [String: any TensorBuffer] = [:]
        for (stream, leaf) in graph.leaves.enumerated() {
            operands[leaf.name] = try RandomData.uniform(
                leaf.tensor.shape, in: -0.5..<0.5, stream: UInt32(stream + 1), on: backend)
        }
        self.operands = operands
        executable = try backend.compile(graph, binding: operands)
    }

    /// Queues the product once.
    public func run() throws { try executable.run() }

    /// Compares some elements of the result, the first and the last included, with sums in double precision.
    public func check() throws {
        try run()
        let result = try backend.readFloats(executable.buffer(named: "result"))
        let values = try operands.mapValues { try backend.readFloats($0) }
        let some = RandomData.indices(count: 20, below: result.count).map { Int($0) }
        for place in [0, result.count - 1] + some {
            var (sum, magnitude) = (0.0, 0.0)
            let terms = terms(of: place)
            for term in terms {
                let product = term.reduce(1.0) { $0 * Double(values[$1.key]?[$1.value] ?? .nan) }
                sum += product
                magnitude += Swift.abs(product)
            }
            // A rounding for each term, whatever the order of the sum, and one to Float.
            let bound = Double(terms.count + 1) * 0x1p-24 * magnitude * 1.01
            guard Swift.abs(Double(result[place]) - sum) <= bound else {
                throw BenchmarkError.wrong(
                    what: "the convolution \(layer.label)", found: Double(result[place]),
                    expected: sum)
            }
        }
    }

    /// The terms of the sum that an element of the result is: where each operand's factor is.
    private func terms(of place: Int) -> [[String: Int]] {
        let c = layer
        let (size, places, kernel) = (c.size, c.outputSize, c.kernel)
        let (inputs, outputs) = (c.inputs / c.groups, c.outputs / c.groups)
        func parts(_ extents: [Int]) -> [Int] {
            var rest = place
            let reversed = extents.reversed().map { extent in
                defer { rest /= extent }
                return rest % extent
            }
            return reversed.reversed()
        }
        func image(_ n: Int, _ row: Int, _ column: Int, _ channel: Int) -> Int? {
            guard 0..<size ~= row, 0..<size ~= column else { return nil }
            return ((n * size + row) * size + column) * c.inputs + channel
        }
        func weight(_ output: Int, _ input: Int, _ v: Int, _ u: Int) -> Int {
            ((output * inputs + input) * kernel + v) * kernel + u
        }
        func gradient(_ n: Int, _ y: Int, _ x: Int, _ output: Int) -> Int {
            ((n * places + y) * places + x) * c.outputs + output
        }
        func start(_ window: Int, _ step: Int) -> Int {
            window * c.stride - c.padding + step * c.dilation
        }
        /// The pairs of a window and a step in it that meet row or column `at`.
        func meetings(_ at: Int) -> [(window: Int, step: Int)] {
            (0..<kernel).compactMap { step in
                let distance = at + c.padding - step * c.dilation
                let window = distance / c.stride
                return distance >= 0 && distance % c.stride == 0 && window < places
                    ? (window, step) : nil
            }
        }
        var terms: [[String: Int]] = []
        switch c.part {
        case .forward:
            let at = parts([c.batch, places, places, c.outputs])
            for v in 0..<kernel {
                for u in 0..<kernel {
                    for input in 0..<inputs {
                        let channel = at[3] / outputs * inputs + input
                        guard let x = image(at[0], start(at[1], v), start(at[2], u), channel)
                        else { continue }
                        terms.append(["x": x, "w": weight(at[3], input, v, u)])
                    }
                }
            }
        case .input:
            let at = parts([c.batch, size, size, c.inputs])
            let first = at[3] / inputs * outputs
            for (y, v) in meetings(at[1]) {
                for (x, u) in meetings(at[2]) {
                    for output in first..<first + outputs {
                        terms.append([
                            "g": gradient(at[0], y, x, output),
                            "w": weight(output, at[3] % inputs, v, u),
                        ])
                    }
                }
            }
        case .weight:
            let at = parts([c.outputs, inputs, kernel, kernel])
            let channel = at[0] / outputs * inputs + at[1]
            for n in 0..<c.batch {
                for y in 0..<places {
                    for x in 0..<places {
                        guard let x1 = image(n, start(y, at[2]), start(x, at[3]), channel)
                        else { continue }
                        terms.append(["x": x1, "g": gradient(n, y, x, at[0])])
                    }
                }
            }
        }
        return terms
    }
}
