import NNModel

extension Network {
    /// Reads a model file: YAML or JSON that lists the model's layers.
    ///
    ///     input: [1, 28, 28]
    ///     layers:
    ///       - flatten
    ///       - linear: 128
    ///       - relu
    ///       - residual: [layernorm, {linear: 128}, gelu]
    ///       - linear: 10
    ///
    /// What a layer takes is inferred. An entry may have a `name`, which becomes part of its parameters' names, and
    /// with `from` it takes what an input or an earlier layer of that name gives; `sum`, `product` and `concatenate`
    /// join several, and `like` calls a layer once more with the same parameters. `inputs` names several inputs,
    /// and `outputs` the layers whose results come out.
    ///
    /// - Throws: An error that names the file, the line and the nearest word.
    public init(contentsOf path: String) throws {
        self = try ModelText(contentsOf: path).network()
    }

    /// Reads what a model file says; messages call it by `name`.
    ///
    /// - Throws: An error that names the line and the nearest word.
    public init(modelFile text: String, named name: String) throws {
        self = try ModelText(text, named: name).network()
    }
}
