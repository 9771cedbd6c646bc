import NNFiles
import NNGraph

/// One walk through a model that turns it into a graph.
///
/// It knows where in the model it is, so that parameters get the names of PyTorch's `state_dict`
/// (`0.weight`, `trunk.2.bias`), and whether the graph is for training.
public final class ForwardPass {
    /// A parameter that a layer asked for.
    public struct Parameter: Sendable {
        /// The layer's place and the parameter's own name, such as `0.weight`.
        public let name: String
        /// Names that stand for the same parameter (``ForwardPass/tie(_:to:)``).
        public fileprivate(set) var aliases: [String] = []
        /// What the layer computes with.
        public let tensor: Tensor
        /// How it begins.
        public let initializer: Initializer
        /// The numbers of values that one output depends on and that one input reaches.
        public let fan: Fan
        /// Whether the layer itself changes it in training, and no gradient does.
        public let isRunning: Bool
    }

    /// Samples that are part of a larger batch: they get the random numbers that they would get there.
    public struct Rows: Sendable {
        let count: Int
        let places: Tensor

        /// Names the batch's size and the places in it of the samples, int32 [samples].
        public init(count: Int, places: Tensor) {
            self.count = count
            self.places = places
        }
    }

    /// The name of the leaf that random numbers depend on.
    package static let stepName = "step"

    /// Whether layers such as ``Dropout`` do what they do in training only.
    public let isTraining: Bool
    /// The int32 scalar that random numbers depend on besides their place: the training step.
    public let step: Tensor
    /// The parameters so far, in the order in which the layers asked.
    public private(set) var parameters: [Parameter] = []
    /// What running parameters become after this step, by name; nothing outside of training.
    public private(set) var updates: [String: Tensor] = [:]
    /// What ``ModelSummary`` lists: every layer so far that is no sequence of others.
    package private(set) var layers: [ModelSummary.Row] = []
    /// Their results, in the same order.
    package private(set) var results: [Tensor] = []

    /// Whether what layers before this one have is not known.
    private let isOfOneLayer: Bool
    private let given: [String: Tensor]?
    private let rows: Rows?
    private var places: [String: Int] = [:]
    /// What each of the layers that are being called has asked for, the innermost last.
    private var asked: [Set<String>] = [[]]
    private let seed: UInt64
    private var path: [String] = []
    private var draws: UInt32 = 0
    /// The parameters that a row of ``layers`` has counted.
    private var counted = 0

    /// Starts a walk for a graph whose random numbers depend on the seed.
    ///
    /// Layers that ask get their `parameters` by name; without it, each becomes a leaf of the graph.
    public init(
        isTraining: Bool = false, seed: UInt64 = 0, parameters: [String: Tensor]? = nil,
        rows: Rows? = nil
    ) throws {
        self.isTraining = isTraining
        isOfOneLayer = false
        self.seed = seed
        self.given = parameters
        self.rows = rows
        self.step = try .input(Self.stepName, .scalar, .int32)
    }

    /// Starts a walk through one layer that is a part of a model, to find the shape of its result.
    package static func ofOneLayer() throws -> ForwardPass {
        try ForwardPass(isOfOneLayer: true)
    }

    private init(isOfOneLayer: Bool) throws {
        self.isOfOneLayer = isOfOneLayer
        (isTraining, seed, given, rows) = (false, 0, nil, nil)
        step = try .input(Self.stepName, .scalar, .int32)
    }

    // MARK: - Parameters

    /// The parameter of that name of the layer that is being called, which training changes.
    ///
    /// A layer that ``apply(_:named:to:source:)`` calls twice by one name gets the same parameter again: that is how
    /// weights are shared. Asked for twice without that, it would be shared by mistake.
    ///
    /// - Throws: ``ModelError/parameterSize(name:shape:)``, ``ModelError/parameterRepeated(_:)``, or
    ///   ``ModelError/parameterShared(name:first:second:)`` if the same name was asked for in another shape.
    public func parameter(
        _ name: String, _ shape: Shape, _ initializer: Initializer, fan: Fan
    ) throws -> Tensor {
        try tensor(name, shape, initializer, fan, isRunning: false)
    }

    /// A parameter that the layer itself changes in training with ``update(_:to:)``, such as a running mean.
    public func running(
        _ name: String, _ shape: Shape, _ initializer: Initializer
    ) throws -> Tensor {
        let latest = updates[(path + [name]).joined(separator: ".")]
        let first = try tensor(name, shape, initializer, Fan(input: 1, output: 1), isRunning: true)
        return latest ?? first
    }

    /// Says what a running parameter of the layer that is being called becomes after the step, in training;
    /// outside of it nothing happens.
    public func update(_ name: String, to value: Tensor) throws {
        let name = (path + [name]).joined(separator: ".")
        guard let place = places[name], parameters[place].isRunning else {
            throw ModelError.notRunning(
                name, known: parameters.filter(\.isRunning).map(\.name))
        }
        let shape = parameters[place].tensor.shape
        guard value.shape == shape else {
            throw ModelError.parameterShape(name: name, expected: shape, found: value.shape)
        }
        if isTraining { updates[name] = value }
    }

    /// Gives a parameter that some layer has asked for a second name, at the place of the layer that is being
    /// called: tied weights, such as of a language model's embedding and its last layer.
    ///
    /// - Throws: ``ModelError/notAParameter(_:)``, or ``ModelError/parameterShared(name:first:second:)`` if the
    ///   name stands for another one.
    public func tie(_ name: String, to tensor: Tensor) throws {
        let name = (path + [name]).joined(separator: ".")
        guard let place = parameters.firstIndex(where: { $0.tensor == tensor }) else {
            throw ModelError.notAParameter(name)
        }
        if let known = places[name] {
            guard known == place else {
                throw ModelError.parameterShared(
                    name: name, first: parameters[known].tensor.shape, second: tensor.shape)
            }
            return
        }
        places[name] = place
        parameters[place].aliases.append(name)
    }

    /// The parameter of a layer before this one, by its whole name, which gets a second name as one of the layer that is
    /// being called (``tie(_:to:)``).
    ///
    /// A pass that sees one layer alone, to find the shape of its result, gives it a parameter of its own.
    ///
    /// - Throws: ``ModelError/unknownTie(layer:name:known:)``, or
    ///   ``ModelError/parameterShared(name:first:second:)`` for one of another shape.
    func tied(_ name: String, to whole: String, _ shape: Shape) throws -> Tensor {
        guard let first = places[whole].map({ parameters[$0].tensor }) else {
            guard isOfOneLayer else {
                throw ModelError.unknownTie(
                    layer: place, name: whole, known: parameters.map(\.name))
            }
            return try parameter(name, shape, .zeros, fan: Fan(input: 1, output: 1))
        }
        guard first.shape == shape else {
            throw ModelError.parameterShared(name: whole, first: first.shape, second: shape)
        }
        try tie(name, to: first)
        return first
    }

    private func tensor(
        _ name: String, _ shape: Shape, _ initializer: Initializer, _ fan: Fan, isRunning: Bool
    ) throws -> Tensor {
        let name = (path + [name]).joined(separator: ".")
        guard shape.dimensions.allSatisfy({ $0 >= 1 }),
            let count = shape.dimensions.checkedProduct, count <= Int32.max
        else { throw ModelError.parameterSize(name: name, shape: shape) }
        guard asked[asked.count - 1].insert(name).inserted || isRunning else {
            throw ModelError.parameterRepeated(name)
        }
        if let place = places[name] {
            let known = parameters[place]
            guard known.tensor.shape == shape, known.isRunning == isRunning else {
                throw ModelError.parameterShared(
                    name: name, first: known.tensor.shape, second: shape)
            }
            return known.tensor
        }
        let tensor = try given.map { try $0[name] ?? missing(name) } ?? .parameter(name, shape)
        places[name] = parameters.count
        parameters.append(
            Parameter(
                name: name, tensor: tensor, initializer: initializer, fan: fan,
                isRunning: isRunning))
        return tensor
    }

    private func missing(_ name: String) throws -> Tensor {
        throw ModelError.missingParameter(name)
    }

    // MARK: - Random numbers and parts

    /// Uniform numbers in [0, 1) that differ from call to call and from step to step; the first axis is the batch.
    public func uniform(_ shape: Shape) throws -> Tensor {
        defer { draws += 1 }
        let stream = RandomStream.layers + draws
        guard let rows, shape.dimensions.first == rows.places.shape.count else {
            return try .uniform(shape, seed: seed, stream: stream, step: step)
        }
        let whole = Shape([rows.count] + shape.dimensions.dropFirst())
        return try Tensor.uniform(whole, seed: seed, stream: stream, step: step).gather(rows.places)
    }

    /// Calls a layer that is part of another one; `name` becomes part of its parameters' names.
    ///
    /// Calling one layer twice by one name shares its parameters. Messages about its operations name the
    /// layer and its source, by default that of the layer that it is part of.
    public func apply(
        _ layer: any Layer, named name: String, to x: Tensor, source: String? = nil
    ) throws -> Tensor {
        guard path.count < ModelLimits.depth else {
            throw ModelError.nesting(limit: ModelLimits.depth)
        }
        // A name is a part of its parameters' names, which dots divide, and names a tensor in files.
        guard !name.isEmpty, !name.contains("."), name.utf8.count <= 255 else {
            throw ModelError.layerName(name)
        }
        path.append(name)
        asked.append([])
        defer {
            path.removeLast()
            asked.removeLast()
        }
        let (first, countedBefore) = (parameters.count, counted)
        let origin = Origin(
            "layer \(place) (\(type(of: layer)))", source: source ?? Origin.current?.source)
        let y = try Origin.within(origin) { try layer(x, in: self) }
        if !(layer is Sequential) {
            // What layers inside of this one have counted is theirs.
            let all = parameters[first...].reduce(0) { $0 + $1.tensor.shape.count }
            let own = all - (counted - countedBefore)
            counted += own
            let kind = String(describing: type(of: layer))
            layers.append(
                ModelSummary.Row(
                    path: place, layer: kind,
                    label: (layer as? any CustomStringConvertible)?.description ?? kind,
                    outputShape: y.shape,
                    parameterCount: own))
            results.append(y)
        }
        return y
    }

    /// Where in the model the pass is, such as `2.0`, for messages.
    public var place: String { path.joined(separator: ".") }
}

/// Which of the generator's streams serves what, so that no two uses share random numbers.
package enum RandomStream {
    /// The first stream of the layers' draws, one for each call of ``ForwardPass/uniform(_:)``.
    static let layers: UInt32 = 0
    /// The first stream of the parameters' initial values, one for each parameter.
    static let parameters: UInt32 = 0x1000_0000
    /// The stream that orders the samples of an epoch.
    package static let shuffling: UInt32 = 0x2000_0000
    /// The stream that chooses the samples that are held out.
    package static let validation: UInt32 = 0x3000_0000
    /// The stream that chooses what augmentation does.
    package static let augmentation: UInt32 = 0x4000_0000
    /// The stream that chooses the tokens of a text.
    package static let generation: UInt32 = 0x5000_0000
}
