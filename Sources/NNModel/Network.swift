import NNFiles
import NNGraph

/// A tensor that goes into a model.
public struct ModelInput: Sendable, Hashable {
    /// Its name.
    public let name: String
    /// The shape of one sample.
    public let shape: Shape
    /// What its elements are: `float`, or `int32` for what is looked up, such as tokens.
    public let elementType: ElementType
    /// What is done to its numbers before the model takes them; nil for nothing.
    public let preparation: Preparation?
    /// The shape in which samples come: ``shape``, or that of which the model takes the numbers in a row, such as
    /// [28, 28].
    public let sampleShape: Shape
    /// Whether images were brought to the size of the samples in training, and so are wherever the model is applied.
    public let resizesImages: Bool
    /// What its numbers are called in tables, in their order; nil where they have no names.
    public let columns: [String]?
    /// How the text that its numbers stand for becomes tokens; nil for what is no text.
    public let tokenizer: Tokenizer?

    /// Describes an input; without a `sampleShape`, samples come in the shape in which the model takes them.
    public init(
        _ name: String, _ shape: Shape, _ elementType: ElementType = .float,
        preparation: Preparation? = nil, sampleShape: Shape? = nil, resizesImages: Bool = false,
        columns: [String]? = nil, tokenizer: Tokenizer? = nil
    ) {
        self.name = name
        self.shape = shape
        self.elementType = elementType
        self.preparation = preparation
        self.sampleShape = sampleShape ?? shape
        self.resizesImages = resizesImages
        self.columns = columns
        self.tokenizer = tokenizer
    }

    /// The same input with its numbers prepared in this way.
    func preparing(_ preparation: Preparation?) -> ModelInput {
        ModelInput(
            name, shape, elementType, preparation: preparation, sampleShape: sampleShape,
            resizesImages: resizesImages, columns: columns, tokenizer: tokenizer)
    }

    /// The same input whose samples come in another shape, of as many numbers, with such names, or from such a text.
    package func taking(
        _ sampleShape: Shape, resizesImages: Bool, columns: [String]?, tokenizer: Tokenizer?
    ) -> ModelInput {
        ModelInput(
            name, shape, elementType, preparation: preparation, sampleShape: sampleShape,
            resizesImages: resizesImages, columns: columns, tokenizer: tokenizer)
    }

    /// Whether samples of this shape are such as the model was made for: they have the same sizes, those of 1 left out,
    /// or as many numbers where one of both shapes is a plain row.
    package func accepts(_ shape: [Int]) -> Bool {
        let (own, other) = (sampleShape.dimensions.filter { $0 != 1 }, shape.filter { $0 != 1 })
        if own == other { return true }
        return min(own.count, other.count) <= 1 && own.checkedProduct == other.checkedProduct
    }

    /// The type of a batch of so many samples.
    public func type(batchSize: Int) -> TensorType {
        TensorType(Shape([batchSize] + shape.dimensions), elementType)
    }
}

/// A model together with what goes into it.
public struct Network: Sendable {
    /// What computes the outputs.
    public enum Body: Sendable {
        /// From the only input to the only output.
        case layer(any Layer)
        /// From inputs to outputs by name.
        case model(any Model)
    }

    /// What the only input of a layer is called: `features`.
    public static let inputName = "features"
    /// What the only output of a layer is called: `outputs`.
    public static let outputName = "outputs"

    /// What computes the outputs.
    public let body: Body
    /// What goes into it, at least one.
    public let inputs: [ModelInput]

    /// A layer that takes samples of the given shape, and of `int32` if it looks them up.
    public init(
        _ layer: any Layer, inputShape: Shape, _ elementType: ElementType = .float,
        preparation: Preparation? = nil
    ) {
        body = .layer(layer)
        inputs = [ModelInput(Self.inputName, inputShape, elementType, preparation: preparation)]
    }

    /// The same model with the numbers of its first input prepared in this way.
    public func preparing(_ preparation: Preparation?) -> Network {
        Network(body: body, inputs: [inputs[0].preparing(preparation)] + inputs.dropFirst())
    }

    /// A body with what goes into it.
    package init(body: Body, inputs: [ModelInput]) {
        self.body = body
        self.inputs = inputs
    }

    /// The shape of a sample of the first input.
    public var inputShape: Shape { inputs[0].shape }

    /// The tokens of a sample of the first input; nil where that is no text.
    package var tokensOfSample: Int? { inputs[0].tokenizer == nil ? nil : inputs[0].shape.count }

    /// The layers one after the other, if that is what the model is.
    package var sequential: Sequential? {
        if case .layer(let layer) = body { layer as? Sequential } else { nil }
    }

    /// A model with its inputs.
    public init(_ model: any Model, inputs: [ModelInput]) {
        body = .model(model)
        self.inputs = inputs
    }

    /// The most axes that a sample may have.
    static let maximumInputRank = 8

    /// Throws ``ModelError`` for inputs or a nesting of layers that no model can have.
    package func check() throws {
        try checkSize()
        guard !inputs.isEmpty, Set(inputs.map(\.name)).count == inputs.count else {
            throw ModelError.inputNames(inputs.map(\.name))
        }
        for input in inputs {
            guard input.shape.rank <= Self.maximumInputRank,
                input.shape.dimensions.allSatisfy({ $0 >= 1 }),
                let size = input.shape.dimensions.checkedProduct, size <= Int32.max
            else { throw ModelError.inputSize(input.shape) }
        }
    }

    /// Throws ``ModelError`` for more layers, or layers deeper inside of each other, than a model may have.
    package func checkSize() throws(ModelError) {
        switch body {
        case .layer(let layer): try ModelLimits.check(layer)
        case .model(let model): try ModelLimits.check(model)
        }
    }

    /// Leaves for a batch of so many samples, named like the inputs.
    public func leaves(batchSize: Int) throws -> NamedTensors {
        try inputs.leaves(batchSize: batchSize)
    }

    /// The outputs for the inputs of a batch; what else is among them is left out.
    public func callAsFunction(
        _ inputs: NamedTensors, in pass: ForwardPass
    ) throws -> NamedTensors {
        // Others may be for somebody else, such as targets.
        let taken = try Dictionary(
            uniqueKeysWithValues: self.inputs.map { input in
                let x = try inputs[input.name]
                return (input.name, try input.preparation?(x) ?? x)
            })
        switch body {
        case .layer(let layer):
            guard let x = taken[self.inputs[0].name] else { return [:] }
            return try [Self.outputName: layer(x, in: pass)]
        case .model(let model): return try model(NamedTensors(taken), in: pass)
        }
    }
}

extension [ModelInput] {
    /// Leaves for a batch of so many samples, named like the inputs.
    package func leaves(batchSize: Int) throws -> NamedTensors {
        NamedTensors(
            try Dictionary(
                map { input in
                    let type = input.type(batchSize: batchSize)
                    return (input.name, try .input(input.name, type.shape, type.elementType))
                }
            ) { $1 })
    }

    /// Throws ``ModelError/unusedInput(_:)`` unless every one of the inputs, as leaves, reaches one of the tensors,
    /// and ``ModelError/leafWithoutValues(_:)`` if something else does that nobody gives values: what no layer asked
    /// the pass for, nor is one of `others`.
    package func check(
        reach tensors: [Tensor], in pass: ForwardPass, others: [String] = []
    ) throws {
        let graph = try Graph(outputs: tensors.enumerated().map { ("result \($0)", $1) })
        let used = graph.leaves.map(\.name)
        if let input = first(where: { !used.contains($0.name) }) {
            throw ModelError.unusedInput(input.name)
        }
        let known = Set(
            map(\.name) + pass.parameters.map(\.name) + [ForwardPass.stepName] + others)
        if let name = used.first(where: { !known.contains($0) }) {
            throw ModelError.leafWithoutValues(name)
        }
    }
}
