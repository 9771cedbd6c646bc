import Foundation
import NNFiles
import NNGraph

/// A model that cannot be built, or that weights do not fit.
public enum ModelError: Error, Equatable, Sendable {
    /// A layer gets samples of another size than it takes.
    case featureCount(layer: String, expected: Int, found: Shape)
    /// A layer gets something else than so many channels with so many axes of space; nil for any channels.
    case channelCount(layer: String, expected: Int?, axes: Int, found: Shape)
    /// An option that a layer cannot have, such as a dropout rate of 1.
    case option(layer: String, name: String, value: String, expected: String)
    /// Inputs of another type than a layer takes.
    case elementType(layer: String, expected: ElementType, found: ElementType)
    /// Tensors of different shapes that a layer is to add or multiply.
    case branchShapes(layer: String, Shape, Shape)
    /// A layer that joins tensors, and gets none.
    case noBranches(layer: String)
    /// A name that a layer cannot have, or that two layers beside each other have.
    case layerName(String)
    /// A part of a graph that takes what is no input and no earlier part.
    case unknownSource(part: String, source: String, known: [String])
    /// A parameter without elements, or with more than 32-bit indices reach.
    case parameterSize(name: String, shape: Shape)
    /// Samples without elements, or with more than 32-bit indices reach.
    case inputSize(Shape)
    /// More layers than a model may have.
    case layerCount(limit: Int)
    /// Layers inside of layers inside of layers, and so on.
    case nesting(limit: Int)
    /// There is nothing to train.
    case noParameters
    /// A parameter of the model that the weights lack.
    case missingParameter(String)
    /// Weights that all have something in front of their names, and do not fit without it either.
    case prefixedNames(prefix: String, known: [String], found: [String])
    /// Weights that the model has no parameter for.
    case unexpectedParameter(String, known: [String])
    /// Weights of another shape than the model's parameter.
    case parameterShape(name: String, expected: Shape, found: Shape)
    /// Weights that are NaN or infinite.
    case parameterNotFinite(name: String)
    /// A name that no input or output has.
    case unknownTensor(String, known: [String])
    /// Inputs without names of their own.
    case inputNames([String])
    /// Shifts and factors of an input that do not fit its samples, or are not finite.
    case preparation(counts: [Int], shape: Shape)
    /// An input that nothing depends on.
    case unusedInput(String)
    /// A leaf that a layer or a loss made by itself, so that nobody gives it values.
    case leafWithoutValues(String)
    /// A name for an input, an output or a target that something else of a training has.
    case reservedName(String, all: [String])
    /// A parameter that one layer asked for twice, as two layers do that it calls without names.
    case parameterRepeated(String)
    /// An input that was not given.
    case missingInput(String, given: [String])
    /// A name that was asked for twice, as if for different parameters.
    case parameterShared(name: String, first: Shape, second: Shape)
    /// A name that no running parameter has.
    case notRunning(String, known: [String])
    /// A tensor to tie a name to that no layer has asked for as its parameter.
    case notAParameter(String)
    /// A name that no layer before has asked for a parameter by, and that a layer wants to share.
    case unknownTie(layer: String, name: String, known: [String])
    /// Something else than sequences of rows of a width.
    case sequence(layer: String, width: Int, found: Shape)
    /// More places than a layer has rows for.
    case placeCount(layer: String, most: Int, found: Int)
    /// Weights that differ under two names of one parameter.
    case tiedApart(first: String, second: String)
    /// A pattern that no parameter's name fits.
    case unmatchedPattern(String, known: [String])
    /// Weights of which none is one of the model's.
    case nothingFits(known: [String], found: [String])
    /// A file of weights that does not say what model they are for.
    case noDescription
    /// A description that is damaged; the text says how.
    case malformedDescription(String)
    /// A kind of layer that is not known.
    case unknownLayer(type: String, known: [String])
    /// A whole model where a layer must stand.
    case notALayer(type: String)
}

extension ModelError: LocalizedError, CustomStringConvertible {
    /// One sentence: what is wrong, where, and what to do.
    public var description: String {
        switch self {
        case .featureCount(let layer, let expected, let found):
            "Layer \(layer.printable) takes \(expected) features and gets a batch of \(found): "
                + (found.rank > 2 && found.count / max(1, found[0]) == expected
                    ? "put a Flatten in front of it."
                    : "give it as many inputs as there are along the last axis.")
        case .channelCount(let layer, let expected, let axes, let found):
            "Layer \(layer.printable) takes a batch of \(expected.map { "\($0) " } ?? "")channels with \(axes) axes of "
                + "space and gets \(found): "
                + (found.rank == axes + 2
                    ? "give it as many channels as there are along the second axis."
                    : "declare the input as channels and space, such as [1, 28, 28].")
        case .option(let layer, let name, let value, let expected):
            "Layer \(layer.printable) has the \(name) \(value): choose \(expected)."
        case .elementType(let layer, let expected, let found):
            "Layer \(layer.printable) takes \(expected.rawValue) and gets \(found.rawValue): declare the input "
                + "as \(expected.rawValue), or convert it."
        case .branchShapes(let layer, let first, let second):
            "Layer \(layer.printable) joins \(first) and \(second): give both ways the same shape, as by a "
                + "shortcut."
        case .noBranches(let layer):
            "Layer \(layer.printable) joins nothing: give it at least one branch."
        case .layerName(let name):
            "A layer is called \(name.excerpt): give each layer beside others a name of its own, of 1 to 255 "
                + "bytes and without dots."
        case .unknownSource(let part, let source, let known):
            "\(part.printable) takes \(source.excerpt), which is no input and no part before it: "
                + "use one of \(known.list)."
        case .parameterSize(let name, let shape):
            "Parameter \(name.printable) would have the shape \(shape.dimensions.excerpt): "
                + "choose sizes of at least 1 whose product is at most \(Int32.max)."
        case .inputSize(let shape):
            "Samples cannot have the shape \(shape.dimensions.excerpt): choose at most "
                + "\(Network.maximumInputRank) sizes of at least 1 whose product is at most "
                + "\(Int32.max)."
        case .layerCount(let limit):
            "The model has more than \(limit) layers: use fewer, of more features each."
        case .nesting(let limit):
            "The model has layers inside of layers more than \(limit) deep: "
                + "list them one after the other."
        case .noParameters:
            "The model has no parameters to train: add a layer that has some, such as Linear."
        case .missingParameter(let name):
            "The weights lack \(name.excerpt): use the file of a model with the same layers."
        case .prefixedNames(let prefix, let known, let found):
            "The weights are called \(found.list), all with \(prefix.excerpt) in front, and do not fit without it "
                + "either: use the file of a model with \(known.list)."
        case .unexpectedParameter(let name, let known):
            "The weights have \(name.excerpt), which the model lacks: "
                + "use a file that has only \(known.prefix(12).joined(separator: ", "))."
        case .parameterShape(let name, let expected, let found):
            "The weights have \(name.printable) in the shape \(found.dimensions.excerpt) and the model in \(expected): "
                + "use the file of a model with the same layers."
        case .parameterNotFinite(let name):
            "The weights of \(name.printable) contain NaN or infinity: use a file from before that happened."
        case .unknownTensor(let name, let known):
            "There is no input or output \(name.excerpt): use one of \(known.list)."
        case .inputNames(let names):
            "The inputs \(names.list) cannot be told apart: give at least one, each a name of its own."
        case .parameterRepeated(let name):
            "Parameter \(name.printable) is asked for twice at one place: call layers inside of others by "
                + "pass.apply(_:named:to:), each by a name of its own, and twice by one name to share its parameters."
        case .missingInput(let name, let given):
            "The model takes an input \(name.excerpt), which was not given: add it"
                + (given.isEmpty ? "." : " to \(given.list).")
        case .preparation(let counts, let shape):
            "The preparation of an input has \(counts.map(String.init).joined(separator: " shifts and ")) factors for "
                + "samples of \(shape): give one finite number of each, or one for each place along an axis."
        case .unusedInput(let name):
            "Nothing that is computed depends on the input \(name.excerpt): leave it out, or let an output with a "
                + "loss depend on it."
        case .leafWithoutValues(let name):
            "Nobody gives \(name.excerpt) its values: ask the pass for a parameter, with its first values, or declare "
                + "an input."
        case .reservedName(let name, let all):
            "An input or a target is called \(name.excerpt), as something of the training itself: choose another name "
                + "than \(all.joined(separator: ", "))."
        case .parameterShared(let name, let first, let second):
            "Parameter \(name.printable) is asked for as \(first) and as \(second): call layers inside of others by "
                + "pass.apply(_:named:to:), and give what is not shared a name of its own."
        case .notRunning(let name, let known):
            "The layer updates \(name.excerpt), which is no running parameter: ask for it with running(_:_:_:) "
                + "first" + (known.isEmpty ? "." : ", as for \(known.list).")
        case .notAParameter(let name):
            "The name \(name.excerpt) is tied to something that is no parameter: tie it to what "
                + "parameter(_:_:_:fan:) returned."
        case .unknownTie(let layer, let name, let known):
            "Layer \(layer.printable) shares \(name.excerpt), which no layer before it has: use one of "
                + "\(known.list)."
        case .sequence(let layer, let width, let found):
            "Layer \(layer.printable) takes a batch of sequences of \(width) numbers a place and gets \(found): give it "
                + "[batch, time, \(width)], as an embedding of tokens makes it."
        case .placeCount(let layer, let most, let found):
            "Layer \(layer.printable) has rows for \(most) places and gets \(found): give it more rows, or "
                + "samples of at most so many places."
        case .tiedApart(let first, let second):
            "The weights differ in \(first.printable) and \(second.printable), which the model ties: "
                + "use the file of a model that ties them too."
        case .unmatchedPattern(let pattern, let known):
            "No parameter is called \(pattern.excerpt): use a pattern of \(known.list)."
        case .nothingFits(let known, let found):
            "None of the weights fits: the file has \(found.list), and the model \(known.list)."
        case .noDescription:
            "The file does not say what model its weights are for: "
                + "use one that nngpu saved, or describe the model yourself."
        case .malformedDescription(let problem):
            "The file's description of the model cannot be read, as \(problem.printable): save the model again."
        case .notALayer(let type):
            "The model has \(type.excerpt) in a sequence, which takes one tensor and gives one: "
                + "use a layer there."
        case .unknownLayer(let type, let known):
            "The model has a layer of the unknown kind \(type.excerpt): if it is your own, name it in `ownParts`, else "
                + "use only \(known.joined(separator: ", "))."
        }
    }

    /// The same sentence, for `localizedDescription`.
    public var errorDescription: String? { description }
}

extension [String] {
    /// The first of the names, for a message.
    fileprivate var list: String {
        prefix(12).map(\.printable).joined(separator: ", ") + (count > 12 ? ", …" : "")
    }
}
