import NNFiles
import NNGraph

/// One walk through a model that turns it into a graph.
///
/// It knows where in the model it is, so that parameters get the names of `torch.nn.Sequential`
/// (`0.weight`, `2.0.bias`), and whether the graph is for training.
public final class ForwardPass {
    /// A parameter that a layer asked for.
    public struct Parameter: Sendable {
        /// The layer's place and the parameter's own name, such as `0.weight`.
        public let name: String
        /// What the layer computes with.
        public let tensor: Tensor
        /// How it begins.
        public let initializer: Initializer
        /// The numbers of values that one output depends on and that one input reaches.
        public let fan: Fan
    }

    /// Whether layers such as ``Dropout`` do what they do in training only.
    public let isTraining: Bool
    /// The int32 scalar that random numbers depend on besides their place: the training step.
    public let step: Tensor
    /// The parameters so far, in the order in which the layers asked.
    public private(set) var parameters: [Parameter] = []
    /// What ``ModelSummary`` lists: every layer so far that is no sequence of others.
    package private(set) var layers: [ModelSummary.Row] = []
    /// Their results, in the same order.
    package private(set) var results: [Tensor] = []

    private let given: [String: Tensor]?
    private var names: Set<String> = []
    private let seed: UInt64
    private var path: [String] = []
    private var draws: UInt32 = 0

    /// Starts a walk for a graph whose random numbers depend on the seed.
    ///
    /// Layers that ask get their `parameters` by name; without it, each becomes a leaf of the graph.
    public init(
        isTraining: Bool = false, seed: UInt64 = 0, parameters: [String: Tensor]? = nil
    ) throws {
        self.isTraining = isTraining
        self.seed = seed
        self.given = parameters
        self.step = try .input("step", .scalar, .int32)
    }

    /// The parameter of that name of the layer that is being called.
    public func parameter(
        _ name: String, _ shape: Shape, _ initializer: Initializer, fan: Fan
    ) throws -> Tensor {
        let name = (path + [name]).joined(separator: ".")
        guard shape.dimensions.allSatisfy({ $0 >= 1 }),
            let count = shape.dimensions.checkedProduct, count <= Int32.max
        else { throw ModelError.parameterSize(name: name, shape: shape) }
        guard names.insert(name).inserted else { throw GraphError.duplicateName(name) }
        let tensor = try given.map { try $0[name] ?? missing(name) } ?? .parameter(name, shape)
        parameters.append(
            Parameter(name: name, tensor: tensor, initializer: initializer, fan: fan))
        return tensor
    }

    /// Uniform numbers in [0, 1) that differ from call to call and from step to step.
    public func uniform(_ shape: Shape) throws -> Tensor {
        defer { draws += 1 }
        return try .uniform(shape, seed: seed, stream: RandomStream.layers + draws, step: step)
    }

    /// Calls a layer that is part of another one; `name` becomes part of its parameters' names.
    ///
    /// Messages about its operations name the layer and its source, by default that of the layer
    /// that it is part of.
    public func apply(
        _ layer: any Layer, named name: String, to x: Tensor, source: String? = nil
    ) throws -> Tensor {
        guard path.count < Sequential.maximumDepth else {
            throw ModelError.nesting(limit: Sequential.maximumDepth)
        }
        path.append(name)
        defer { path.removeLast() }
        let first = parameters.count
        let origin = Origin(
            "layer \(place) (\(type(of: layer)))", source: source ?? Origin.current?.source)
        let y = try Origin.within(origin) { try layer(x, in: self) }
        if !(layer is Sequential) {
            layers.append(
                ModelSummary.Row(
                    path: place, layer: String(describing: type(of: layer)), outputShape: y.shape,
                    parameterCount: parameters[first...].reduce(0) { $0 + $1.tensor.shape.count }))
            results.append(y)
        }
        return y
    }

    /// Where in the model the pass is, such as `2.0`, for messages.
    public var place: String { path.joined(separator: ".") }

    private func missing(_ name: String) throws -> Tensor {
        throw ModelError.missingParameter(name)
    }
}

/// Which of the generator's streams serves what, so that no two uses share random numbers.
enum RandomStream {
    /// The first stream of the layers' draws, one for each call of ``ForwardPass/uniform(_:)``.
    static let layers: UInt32 = 0
    /// The first stream of the parameters' initial values, one for each parameter.
    static let parameters: UInt32 = 0x1000_0000
    /// The stream that orders the samples of an epoch.
    static let shuffling: UInt32 = 0x2000_0000
}
