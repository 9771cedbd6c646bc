import NNGraph

/// Something that a saved model names: a kind of layer, or of a whole model.
///
/// It holds its configuration and no numbers. What `Codable` writes of it is what a saved model says.
public protocol ModelPart: Codable, Sendable {
    /// What the kind is called in a saved model, such as `linear`; by default the name of the type.
    static var typeName: String { get }
}

extension ModelPart {
    /// The name of the Swift type.
    public static var typeName: String { String(describing: Self.self) }
}

/// A function from tensor to tensor that may ask for parameters, alone or as part of a model.
///
/// Called in a ``ForwardPass`` it adds its operations to the graph, and the pass hands it the parameters it
/// asks for, so one layer serves every backend, precision and batch size.
public protocol Layer: ModelPart {
    /// The layer's result for `x`, whose first axis is the batch.
    func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor
}

/// A function from several named tensors to several named tensors.
///
///     struct TwoHeads: Model {
///         var trunk = Sequential { Linear(16, 32); ReLU() }
///         var kind = Linear(32, 4), size = Linear(32, 1)
///
///         func callAsFunction(_ inputs: NamedTensors, in pass: ForwardPass) throws -> NamedTensors {
///             let x = try pass.apply(trunk, named: "trunk", to: inputs["features"])
///             return [
///                 "kind": try pass.apply(kind, named: "kind", to: x),
///                 "size": try pass.apply(size, named: "size", to: x),
///             ]
///         }
///     }
public protocol Model: ModelPart {
    /// The model's outputs, of which as of the inputs the first axis is the batch.
    func callAsFunction(_ inputs: NamedTensors, in pass: ForwardPass) throws -> NamedTensors
}

/// What goes into a model and what comes out of it, by name.
public struct NamedTensors: Sendable, ExpressibleByDictionaryLiteral {
    private let tensors: [String: Tensor]

    /// Gives tensors names.
    public init(_ tensors: [String: Tensor]) {
        self.tensors = tensors
    }

    /// Gives tensors names; of one name the last counts.
    public init(dictionaryLiteral elements: (String, Tensor)...) {
        self.init(Dictionary(elements) { $1 })
    }

    /// The names in alphabetical order.
    public var names: [String] { tensors.keys.sorted() }

    /// The tensor of that name.
    ///
    /// - Throws: ``ModelError/unknownTensor(_:known:)``.
    public subscript(name: String) -> Tensor {
        get throws {
            guard let tensor = tensors[name] else {
                throw ModelError.unknownTensor(name, known: names)
            }
            return tensor
        }
    }
}
