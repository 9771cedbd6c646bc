import Foundation
import NNFiles
import NNGraph

/// Where each parameter of a model lies: those that are trained in one flat vector, the others in a second.
///
/// All in one vector make an optimizer's step, a norm and a copy one operation each, however many layers
/// there are.
public struct ParameterLayout: Sendable {
    /// Who changes a parameter.
    public enum Kind: String, Sendable {
        /// The optimizer, by its gradient.
        case trained
        /// Nobody: it was frozen by a pattern.
        case frozen
        /// The layer that it belongs to, in training.
        case running
    }

    /// One parameter.
    public struct Entry: Sendable, Equatable {
        /// Its name, such as `0.weight`.
        public let name: String
        /// Other names of it: tied weights.
        public let aliases: [String]
        /// Its shape.
        public let shape: Shape
        /// Who changes it.
        public let kind: Kind
        /// Its place in the vector of those that are trained, or of the others.
        public let range: Range<Int>
        /// How it begins.
        public let initializer: Initializer
        /// What the initializer scales by.
        public let fan: Fan
        /// Its number among all parameters of the model, which its first values depend on.
        let number: Int

        /// The name and the aliases.
        public var names: [String] { [name] + aliases }
    }

    /// The pattern of all parameters with fewer than two axes: biases, and the weights of normalizations, which trainings
    /// of language models do not pull to zero.
    public static let vectors = "(vectors)"

    /// The parameters that are trained, by groups and then in the order of the layers.
    public let entries: [Entry]
    /// The parameters that are frozen or running, in the order of the layers.
    public let fixedEntries: [Entry]
    /// The length of the vector of trained parameters.
    public let count: Int
    /// The length of the vector of the others.
    public let fixedCount: Int
    /// The part of the trained vector that each group has: first the parameters that belong to no pattern,
    /// then those of each pattern.
    public let groups: [Range<Int>]
    /// The shapes of the model's outputs for a batch of one sample, by name.
    public let outputShapes: [String: Shape]
    /// The layers, for ``ModelSummary``.
    let rows: [ModelSummary.Row]

    /// All parameters, in the order of the layers.
    public var allEntries: [Entry] { (entries + fixedEntries).sorted { $0.number < $1.number } }

    /// Walks through a layer that takes samples of the given shape.
    public init(of layer: any Layer, inputShape: Shape) throws {
        try self.init(of: Network(layer, inputShape: inputShape))
    }

    /// Walks through a model.
    ///
    /// - Parameters:
    ///   - network: The model.
    ///   - frozen: Patterns of the names of parameters that are not trained, as in a shell: `trunk.*`.
    ///   - groups: Patterns of the names of parameters that form a group, or ``vectors``; the first that fits counts.
    /// - Throws: ``ModelError``.
    public init(of network: Network, frozen: [String] = [], groups: [String] = []) throws {
        try network.check()
        let pass = try ForwardPass()
        let outputs = try network(network.leaves(batchSize: 1), in: pass)
        try network.inputs.check(reach: outputs.names.map { try outputs[$0] }, in: pass)
        try self.init(
            of: pass,
            outputShapes: Dictionary(
                uniqueKeysWithValues: outputs.names.map { ($0, try outputs[$0].shape) }),
            frozen: frozen, groups: groups)
    }

    /// Lays out what layers asked a pass for.
    package init(
        of pass: ForwardPass, outputShapes: [String: Shape] = [:], frozen: [String],
        groups: [String]
    ) throws {
        self.outputShapes = outputShapes
        rows = pass.layers
        let names = pass.parameters.flatMap { [$0.name] + $0.aliases }
        for pattern in frozen + groups
        where pattern != Self.vectors && !names.contains(where: { $0.fits(pattern) }) {
            throw ModelError.unmatchedPattern(pattern, known: names)
        }
        func isAny(_ patterns: [String], of parameter: ForwardPass.Parameter) -> Bool {
            patterns.contains { pattern in
                if pattern == Self.vectors { return parameter.tensor.shape.rank < 2 }
                return ([parameter.name] + parameter.aliases).contains { $0.fits(pattern) }
            }
        }
        let all = pass.parameters.enumerated().map { number, parameter in
            (
                number: number, parameter: parameter,
                kind: parameter.isRunning
                    ? Kind.running : isAny(frozen, of: parameter) ? .frozen : .trained,
                group: groups.firstIndex { isAny([$0], of: parameter) }.map { $0 + 1 } ?? 0
            )
        }
        let trained = all.filter { $0.kind == .trained }
        let inGroups = (0...groups.count).map { group in trained.filter { $0.group == group } }
        func entries(
            of members: [(number: Int, parameter: ForwardPass.Parameter, kind: Kind, group: Int)]
        )
            -> [Entry]
        {
            var end = 0
            return members.map { member in
                let start = end
                end += member.parameter.tensor.shape.count
                return Entry(
                    name: member.parameter.name, aliases: member.parameter.aliases,
                    shape: member.parameter.tensor.shape, kind: member.kind, range: start..<end,
                    initializer: member.parameter.initializer, fan: member.parameter.fan,
                    number: member.number)
            }
        }
        self.entries = entries(of: inGroups.flatMap(\.self))
        fixedEntries = entries(of: all.filter { $0.kind != .trained })
        count = self.entries.last?.range.upperBound ?? 0
        fixedCount = fixedEntries.last?.range.upperBound ?? 0
        var end = 0
        self.groups = inGroups.map { members in
            let start = end
            end += members.reduce(0) { $0 + $1.parameter.tensor.shape.count }
            return start..<end
        }
        guard count > 0 else { throw ModelError.noParameters }
        guard max(count, fixedCount) <= Int32.max else {
            throw ModelError.parameterSize(
                name: "vector of all parameters", shape: [max(count, fixedCount)])
        }
    }

    /// The shape of the only output of a layer for a batch of one sample.
    public var outputShape: Shape { outputShapes[Network.outputName] ?? .scalar }

    /// The first values of all parameters, each from a stream of its own.
    public func initialValues(seed: UInt64) -> ParameterValues {
        func values(of entries: [Entry]) -> [Float] {
            entries.flatMap { entry in
                entry.initializer.values(
                    shape: entry.shape, fan: entry.fan, seed: seed,
                    stream: RandomStream.parameters + UInt32(entry.number))
            }
        }
        return ParameterValues(trained: values(of: entries), fixed: values(of: fixedEntries))
    }

    /// Each parameter as a part of its vector, by name; `fixed` may be missing if there are none such.
    public func views(of trained: Tensor, fixed: Tensor? = nil) throws -> [String: Tensor] {
        let parts =
            entries.map { ($0, trained) }
            + fixedEntries.compactMap { entry in
                fixed.map { (entry, $0) }
            }
        return try Dictionary(
            uniqueKeysWithValues: parts.map { entry, vector in
                (entry.name, try vector.slice(entry.range).reshape(entry.shape))
            })
    }
}

/// The numbers of all parameters of a model, as a ``ParameterLayout`` orders them.
public struct ParameterValues: Sendable, Equatable {
    /// Those that are trained.
    public var trained: [Float]
    /// Those that are frozen or running.
    public var fixed: [Float]

    /// Puts them together.
    public init(trained: [Float], fixed: [Float] = []) {
        self.trained = trained
        self.fixed = fixed
    }
}

extension String {
    /// Whether a pattern of a shell, with `*`, `?` and `[…]`, is one of this name.
    fileprivate func fits(_ pattern: String) -> Bool { fnmatch(pattern, self, 0) == 0 }
}
