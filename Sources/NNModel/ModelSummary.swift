import NNGraph

/// What a model consists of, layer by layer, to be printed.
public struct ModelSummary: Sendable, CustomStringConvertible {
    /// One layer.
    public struct Row: Sendable, Equatable {
        /// Its place, such as `2.0`.
        public let path: String
        /// Its kind, such as `Linear`.
        public let layer: String
        /// What it says of itself, such as `LeakyReLU(0.01)`; by default its kind.
        public let label: String
        /// The shape of its result for one sample, the batch of 1 included.
        public let outputShape: Shape
        /// The number of parameters in it, those of layers inside of it that have rows of their own left out.
        public let parameterCount: Int
    }

    /// The layers, first to last; those of a nested sequence stand in its place.
    public let rows: [Row]

    /// The number of numbers in all parameters of the model.
    public var parameterCount: Int { rows.reduce(0) { $0 + $1.parameterCount } }

    /// Walks through a layer that takes samples of the given shape.
    public init(of layer: any Layer, inputShape: Shape) throws {
        try self.init(of: Network(layer, inputShape: inputShape))
    }

    /// Walks through a model.
    public init(of network: Network) throws {
        rows = try ParameterLayout(of: network).rows
    }

    /// The layers as a table and the total below it.
    public var description: String {
        let lines = [["", "layer", "output", "parameters"]] + rows.map(\.cells)
        let widths = (0..<4).map { column in lines.map { $0[column].count }.max() ?? 0 }
        let table = lines.map { cells in
            let padded = zip(cells, widths).enumerated().map { column, cell in
                let padding = String(repeating: " ", count: cell.1 - cell.0.count)
                return column == 3 ? padding + cell.0 : cell.0 + padding
            }
            return padded.joined(separator: "  ")
        }
        return (table + ["\(parameterCount) parameters"]).joined(separator: "\n")
    }
}

extension ModelSummary.Row {
    fileprivate var cells: [String] {
        let perSample = Shape(Array(outputShape.dimensions.dropFirst()))
        return [path, label, perSample.description, String(parameterCount)]
    }
}
