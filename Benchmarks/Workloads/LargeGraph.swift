import NNGPU

/// Graphs of any number of operations, to see how compiling grows with it.
public enum LargeGraph: String, CaseIterable, Codable, Sendable {
    /// Elementwise operations one after the other.
    case chain
    /// A training step of residual blocks that are joined two by two, down to one.
    case tree
    /// A training step of pre-norm transformer blocks, written with products, sums and softmax.
    case transformer

    /// A graph of about so many operations.
    ///
    /// - Throws: `GraphError`.
    public func graph(operations: Int) throws -> Graph {
        switch self {
        case .chain: return try Self.chain(links: operations / 2)
        case .tree:
            let (few, many) = try (Self.tree(blocks: 16), Self.tree(blocks: 32))
            let each = Double(many.nodes.count - few.nodes.count) / 16
            return try Self.tree(blocks: max(1, Int(Double(operations) / each)))
        case .transformer:
            let (one, two) = try (Self.transformer(blocks: 1), Self.transformer(blocks: 2))
            let each = two.nodes.count - one.nodes.count
            return try Self.transformer(
                blocks: max(1, (operations - one.nodes.count) / each + 1))
        }
    }

    private static func chain(links: Int) throws -> Graph {
        let x = try Tensor.input("x", [64])
        return try Graph(outputs: ["y": (0..<links).reduce(x) { y, _ in try tanh(y + x) }])
    }

    // MARK: - Residual blocks

    private static func tree(blocks: Int) throws -> Graph {
        let width = 16, batch = 8
        var weights: [Tensor] = []
        func block(_ x: Tensor) throws -> Tensor {
            let weight = try Tensor.parameter("\(weights.count).weight", [width, width])
            weights.append(weight)
            return try x + relu(matmul(x, weight))
        }
        // A tree of n blocks has its leaves and, for each pair, one that joins it.
        var level = try (0..<(blocks + 1) / 2).map {
            try block(.input("x\($0)", [batch, width]))
        }
        while level.count > 1 {
            let pairs = stride(from: 0, to: level.count - 1, by: 2)
            let odd = level.count.isMultiple(of: 2) ? [] : [level[level.count - 1]]
            level = try pairs.map { try block(level[$0] + level[$0 + 1]) } + odd
        }
        return try step(level[0], weights)
    }

    /// The step of gradient descent that brings a result nearer to 0.
    private static func step(_ y: Tensor, _ parameters: [Tensor]) throws -> Graph {
        let loss = try (y * y).mean()
        let slopes = try gradients(of: loss, withRespectTo: parameters)
        return try Graph(
            outputs: ["loss": loss],
            updates: zip(parameters, slopes).map { parameter, slope in
                (parameter: parameter, value: try parameter - slope * 0.01)
            })
    }

    // MARK: - Transformers

    /// A step of blocks on two sequences of 16 tokens with 32 channels and 4 heads.
    public static func transformer(blocks: Int) throws -> Graph {
        var builder = Transformer()
        let tokens = builder.batch * builder.length
        let x = try Tensor.input("x", [tokens, builder.channels])
        let y = try (0..<blocks).reduce(x) { try builder.block($0, $1) }
        return try step(y, builder.parameters)
    }

    private struct Transformer {
        let batch = 2, length = 16, channels = 32, heads = 4
        private(set) var parameters: [Tensor] = []

        private mutating func parameter(_ name: String, _ shape: Shape) throws -> Tensor {
            let parameter = try Tensor.parameter(name, shape)
            parameters.append(parameter)
            return parameter
        }

        private mutating func linear(_ x: Tensor, to outputs: Int, _ name: String) throws -> Tensor
        {
            try matmul(
                x, parameter("\(name).weight", [outputs, x.shape[1]]), transposeB: true)
                + parameter("\(name).bias", [outputs])
        }

        private mutating func norm(_ x: Tensor, _ name: String) throws -> Tensor {
            let centered = try x - x.mean([1], keepingAxes: true)
            let variance = try (centered * centered).mean([1], keepingAxes: true)
            return try centered / sqrt(variance + 1e-5)
                * parameter("\(name).weight", [channels]) + parameter("\(name).bias", [channels])
        }

        /// Causal attention of all heads.
        private mutating func attention(_ x: Tensor, _ name: String) throws -> Tensor {
            let size = channels / heads
            func split(_ x: Tensor) throws -> Tensor {
                try x.reshape([batch, length, heads, size]).transpose([0, 2, 1, 3])
            }
            let (query, key, value) = try (
                split(linear(x, to: channels, "\(name).query")),
                split(linear(x, to: channels, "\(name).key")),
                split(linear(x, to: channels, "\(name).value"))
            )
            let mask = (0..<length).flatMap { row in
                (0..<length).map { $0 <= row ? 0 : -Double.infinity }
            }
            let scores = try matmul(query, key, transposeB: true) * (1 / Double(size).squareRoot())
            let weights = try softmax(scores + .constant(mask, [length, length]))
            let joined = try matmul(weights, value).transpose([0, 2, 1, 3])
            return try linear(
                joined.reshape([batch * length, channels]), to: channels, "\(name).output")
        }

        mutating func block(_ x: Tensor, _ index: Int) throws -> Tensor {
            let attended = try x + attention(norm(x, "\(index).norm1"), "\(index).attention")
            let hidden = try gelu(
                linear(norm(attended, "\(index).norm2"), to: 4 * channels, "\(index).up"))
            return try attended + linear(hidden, to: channels, "\(index).down")
        }
    }
}
