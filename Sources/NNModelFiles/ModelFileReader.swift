import NNFiles
import NNGraph
import NNModel
import YAMLFiles
import Yams

/// Makes a network of what a model file says, and infers what each layer takes from what those before it give.
struct ModelFileReader {
    /// What a file looks like.
    static let form = "write `input:` and `layers:`, as `nngpu model mlp` does."

    let file: YAMLFile
    /// The layers and branches so far: aliases of YAML may name any number of them.
    var count = 0
    var depth = 0

    init(_ file: YAMLFile) {
        self.file = file
    }

    // MARK: - The file

    /// The network that the file's outermost mapping describes.
    mutating func network(_ root: Node?) throws -> Network {
        guard let root, let mapping = root.mapping else {
            throw file.error(root?.mark?.line, "this is no model: \(Self.form)")
        }
        let known = ["input", "inputs", "layers", "outputs"]
        for (key, _) in mapping where !known.contains(key.scalar?.string ?? "") {
            let nearest = (key.scalar?.string ?? "").nearest(of: known) ?? ""
            throw file.error(
                key.mark?.line, "a model has no \(key.quoted); the nearest is \(nearest).")
        }
        let inputs = try self.inputs(mapping)
        guard let list = mapping["layers"] else {
            throw file.error(root.mark?.line, "the model has no layers: \(Self.form)")
        }
        let entries = try self.entries(list)
        if inputs.count == 1, mapping["outputs"] == nil, !entries.contains(where: \.isJoined) {
            let input = inputs[0]
            let sequence = try sequence(of: entries, in: list, taking: input.type(batchSize: 1))
            return Network(sequence, inputShape: input.shape, input.elementType)
        }
        let graph = try graph(entries, inputs, outputs: mapping["outputs"])
        try checkUse(ofInputs: mapping["inputs"], by: graph)
        return Network(graph, inputs: inputs)
    }

    private func inputs(_ mapping: Node.Mapping) throws -> [ModelInput] {
        switch (mapping["input"], mapping["inputs"]) {
        case (let input?, nil): return [try self.input(Network.inputName, input)]
        case (nil, let inputs?):
            guard let named = inputs.mapping, !named.isEmpty else {
                throw file.error(
                    inputs.mark?.line,
                    "inputs is \(inputs.quoted): give names with shapes, such as "
                        + "`{image: [28, 28], place: [4]}`.")
            }
            return try named.map { try self.input($0.key.scalar?.string ?? "", $0.value) }
        case (nil, nil):
            throw file.error(
                nil,
                "the model does not say what goes in: write `input: [28, 28]`, the shape of a sample."
            )
        case (_?, let inputs?):
            throw file.error(
                inputs.mark?.line, "input and inputs both say what goes in: keep one of them.")
        }
    }

    private func input(_ name: String, _ node: Node) throws -> ModelInput {
        var (shape, type) = (node, ElementType.float)
        if let mapping = node.mapping {
            for (key, _) in mapping where !["shape", "type"].contains(key.scalar?.string ?? "") {
                throw file.error(
                    key.mark?.line, "an input has no \(key.quoted): give its shape and type.")
            }
            guard let given = mapping["shape"] else {
                throw file.error(
                    node.mark?.line,
                    "the input \(name.excerpt) lacks its shape: write "
                        + "`{shape: [32], type: int32}`.")
            }
            shape = given
            if let given = mapping["type"] {
                let known = [ElementType.float, .int32]
                guard let found = known.first(where: { $0.rawValue == given.scalar?.string }) else {
                    throw file.error(
                        given.mark?.line,
                        "the input \(name.excerpt) has the type \(given.quoted): give float or int32."
                    )
                }
                type = found
            }
        }
        let sizes = (shape.sequence.map(Array.init) ?? [shape]).map { Int($0.scalar?.string ?? "") }
        guard !sizes.isEmpty, sizes.allSatisfy({ ($0 ?? 0) >= 1 }) else {
            throw file.error(
                shape.mark?.line,
                "the input \(name.excerpt) has the shape \(shape.quoted): give sizes of at least 1, such as [1, 28, 28]."
            )
        }
        let input = ModelInput(name, Shape(sizes.compactMap(\.self)), type)
        do {
            try Network(Flatten(), inputShape: input.shape).check()
        } catch {
            throw file.error(shape.mark?.line, "\(error)")
        }
        return input
    }
}
