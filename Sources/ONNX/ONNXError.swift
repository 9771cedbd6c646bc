import Foundation
import NNFiles

/// Why a model could not be written as ONNX, or an ONNX file not be read: the file, the reason, the node.
public struct ONNXError: Error, Equatable, Sendable {
    /// What is wrong.
    public enum Reason: Equatable, Sendable {
        /// A layer that has no counterpart among the operators.
        case unsupportedLayer(place: String, kind: String)
        /// The model fills in what is missing, which no layer of a file does.
        case missingValues
        /// The format cannot hold so many bytes of weights.
        case tooLarge(bytes: Int)
        /// The bytes are not a message of the format.
        case malformed
        /// More messages, texts and integers than any model needs.
        case tooManyParts
        /// There is a message, but no graph with a version in it.
        case noGraph
        /// The nodes follow a version of the operators that is too old, or none is stated.
        case operatorSet(Int64)
        /// More nodes than any model needs.
        case tooManyNodes(Int)
        /// The graph has no inputs or outputs, or more than any model.
        case ends(inputs: Int, outputs: Int)
        /// The input is not a batch of floating-point samples of a known size.
        case inputType(String)
        /// Two values have one name.
        case duplicateValue(String)
        /// An operator that no layer computes.
        case unsupportedOperator(node: String, name: String)
        /// An operator that is known but is used in a way that no layer computes; the text says how.
        case unsupportedUse(node: String, problem: String)
        /// A node reads what nothing before it gives, as happens in a cycle.
        case unknownValue(node: String, value: String)
        /// The output is not what a layer gives.
        case output(String)
        /// An input that no output depends on.
        case unusedInput(String)
        /// Weights in another file that cannot be read; the text says why, and is empty if only the bytes of the model
        /// are known.
        case externalData(file: String, problem: String)
        /// Weights that cannot be read; the text says why.
        case tensor(name: String, problem: String)
        /// The weights, shared ones counted as often as they are used, are more than the file holds.
        case sharedWeights
        /// The description of the model in the file is not that of its graph.
        case descriptionDiffers
    }

    /// What is wrong.
    public let reason: Reason
    /// The path of the file, if it came from one.
    public let file: String?

    init(_ reason: Reason, file: String? = nil) {
        self.reason = reason
        self.file = file
    }
}

extension ONNXError: LocalizedError, CustomStringConvertible {
    /// One sentence: what is wrong, in which file and node, and what to do.
    public var description: String {
        let file = self.file ?? "The ONNX data"
        return switch reason {
        case .unsupportedLayer(let place, let kind):
            (place.isEmpty ? "The model" : "Layer \(place)")
                + " is of the kind \(kind), which is not written as ONNX: "
                + "save it as .safetensors."
        case .missingValues:
            "The model fills in missing values, which is not written to ONNX: save it as safetensors."
        case .tooLarge(let bytes):
            "The weights take \(bytes) bytes, and an ONNX file holds less than 2 GiB: "
                + "keep the safetensors file, or train a smaller model."
        case .malformed:
            "\(file) is no ONNX file, or a damaged one; copy it again, or export it again."
        case .tooManyParts:
            "\(file) has more than \(WireScan.maximumPartCount) parts besides its weights; "
                + "export one model, with its weights as raw data."
        case .noGraph:
            "\(file) holds no ONNX graph with the format's version; is it an ONNX file?"
        case .operatorSet(let version):
            "\(file) uses version \(version) of the standard operators; "
                + "export it with version \(GraphReader.oldestOperatorSet) or a later one."
        case .tooManyNodes(let count):
            "\(file) has \(count) nodes, and at most \(GraphReader.maximumNodeCount) are read; "
                + "export one model without its training."
        case .ends(let inputs, let outputs):
            "\(file) has \(inputs) inputs and \(outputs) outputs; "
                + "export a model with 1 to \(GraphReader.maximumEndCount) of each."
        case .inputType(let problem):
            "\(file) takes \(problem); export a model that takes batches of 32-bit floats of a "
                + "fixed size."
        case .duplicateValue(let name):
            "\(file) gives the name \(name.excerpt) to two values; export it again."
        case .unsupportedOperator(let node, let name):
            "\(file) uses the operator \(name.excerpt) (node \(node.excerpt)), which no layer here "
                + "computes; export a model of linear layers, embeddings, convolutions, poolings, "
                + "normalizations and the usual functions between them."
        case .unsupportedUse(let node, let problem):
            "\(file) cannot be read, as node \(node.excerpt) \(problem); "
                + "export the model as for inference, of layers that are known here."
        case .unknownValue(let node, let value):
            "\(file) has the node \(node.excerpt) read \(value.excerpt), which nothing before it gives; "
                + "export it again, without cycles and with its weights."
        case .output(let name):
            "\(file) gives out \(name.excerpt), which no layer computes; export the model as for "
                + "inference."
        case .unusedInput(let name):
            "\(file) has the input \(name.excerpt), which no output depends on; export the model "
                + "without it."
        case .externalData(let name, ""):
            "\(file) keeps weights in another file, \(name.excerpt); read the model by its path, or "
                + "export it with external_data=False."
        case .externalData(let name, let problem):
            "\(file) keeps weights in another file, \(name.excerpt), \(problem); keep both in one "
                + "folder under their names, or export the model with external_data=False."
        case .tensor(let name, let problem):
            "\(file) has the tensor \(name.excerpt), which \(problem); export it again "
                + "with weights of 32 bits."
        case .sharedWeights:
            "\(file) uses weights so often that the layers would have more of them than the file; "
                + "export a model whose layers share none."
        case .descriptionDiffers:
            "\(file) describes another model in its metadata than its graph computes; export it "
                + "again, or remove the metadata."
        }
    }

    /// The same sentence, for `localizedDescription`.
    public var errorDescription: String? { description }
}
