import Foundation
import NNFiles
import NNModel

extension Checkpoint {
    /// The parameters as they were at the step of the checkpoint, as a saved model has them.
    ///
    /// - Parameters:
    ///   - network: The model; nil for the one that the checkpoint describes.
    ///   - ownParts: Kinds of layers and models that the description may name besides the ones of this package.
    /// - Returns: The weights with the description, and with the names of the classes.
    /// - Throws: ``CheckpointError/part(_:)`` for vectors that the model has no use for, or ``ModelError``.
    public func savedModel(
        of network: Network? = nil, ownParts: [any ModelPart.Type] = []
    ) throws -> Safetensors {
        let described = try network ?? ModelDescription(json: modelJSON, ownParts: ownParts).network
        let layout = try ParameterLayout(
            of: described, frozen: frozenNames.map(\.asPattern), groups: record.groups ?? [])
        let values = ParameterValues(
            trained: try tensor(
                named: TrainingGraphs.Name.parameters, count: layout.count
            ).floats(),
            fixed: layout.fixedCount == 0
                ? []
                : try tensor(named: TrainingGraphs.Name.fixed, count: layout.fixedCount).floats())
        var file = try Safetensors(
            layout.tensors(from: values), metadata: [ModelDescription.metadataKey: modelJSON])
        file.classNames = record.classNames
        return file
    }

    private var frozenNames: [String] {
        if let names = record.frozen { return names }
        let text = record.settings[Self.frozenName] ?? Self.noName
        return text == Self.noName ? [] : text.components(separatedBy: ", ")
    }

    /// The name of the setting that lists the parameters that are not trained.
    static let frozenName = "the frozen parameters"
    /// What a setting says where there is nothing.
    static let noName = "none"
}

extension Safetensors {
    /// The same, or the saved model that it holds if it is a checkpoint of a training.
    ///
    /// - Throws: ``CheckpointError`` or ``ModelError`` for a checkpoint that is damaged.
    public func savedModel(
        of network: Network? = nil, ownParts: [any ModelPart.Type] = []
    ) throws -> Safetensors {
        metadata[Checkpoint.recordKey] == nil
            ? self : try Checkpoint(self).savedModel(of: network, ownParts: ownParts)
    }
}

extension String {
    /// The pattern of a shell that fits this name alone.
    fileprivate var asPattern: String {
        reduce(into: "") { pattern, character in
            if "*?[\\".contains(character) { pattern.append("\\") }
            pattern.append(character)
        }
    }
}
