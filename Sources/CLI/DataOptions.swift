import ArgumentParser
import NNFiles
import NNGPU

/// The flags that say what the samples are and how they are read.
struct DataOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("What to learn from, or to be judged on.", valueName: "spec"),
        completion: .file())
    var data = "fashion-mnist"

    @Option(
        help: ArgumentHelp(
            "The columns of a table to predict, by name or by number from 1 (default: one called label, class, "
                + "target or y, else the one of words, else the last).", valueName: "column,…"))
    var target: NamePatterns?

    @Option(
        help: ArgumentHelp("The columns of a table to leave out.", valueName: "column,…"))
    var ignore: NamePatterns?

    @Option(help: "Whether the first row of a table has names (default: by its looks).")
    var header: Choice?

    @Option(
        help: ArgumentHelp(
            "What separates the fields of a table: a character, or `tab` (default: by its looks).",
            valueName: "character"))
    var delimiter: Delimiter?

    @Option(
        help: ArgumentHelp(
            "What becomes of missing values in a table: refuse them, drop their rows, or give a feature the mean that "
                + "its column has in the training samples, also where the saved model is used (default: refuse, or "
                + "what the model does)."))
    var missing: MissingValues?

    @Option(
        help: ArgumentHelp(
            "The size that the images of a folder are brought to, such as 32 or 32x48, height x width (default: "
                + "their own, if all have one). The model remembers it.", valueName: "size"))
    var imageSize: ImageOptions.Size?

    @Option(
        help: "Whether images are gray or have colours (default: as the first ones).",
        transform: ImageOptions.Channels.init(parsing:))
    var imageChannels: ImageOptions.Channels?

    @Option(
        help: ArgumentHelp(
            "What the tokens of a text are: bytes, or the characters that occur in it (default: bytes, or what the "
                + "model knows). The model remembers it."))
    var tokenizer: Tokenizer.Kind?

    /// Yes or no.
    enum Choice: String, CaseIterable, ExpressibleByArgument {
        case yes, no
    }

    /// Reads the data, and what `validation` names for the time of training: a share of them, or other data.
    ///
    /// Missing values and columns of tables are taken as a model takes them that is given, unless the flags say otherwise.
    /// So are images, but for training, which may begin with the weights of a model for others. Text comes in sequences
    /// as long as the model's, or else of `context` tokens; the end of one that is trained on is held out.
    func load(
        seed: UInt64, validation: String? = nil, for network: Network? = nil,
        context: Int? = nil, isTraining: Bool = false
    ) throws -> DatasetSplit {
        if missing == .mean, let network, network.missingValues != .mean, !isTraining {
            throw ValidationError(
                "--missing mean: the model was trained without, and does not say what to give: use refuse or drop."
            )
        }
        let images =
            isTraining ? nil : network.map { ImageOptions(for: $0.inputs[0]) }
        let usual = network?.missingValues ?? .refuse
        let length = network.flatMap { $0.inputs[0].shape.dimensions.first } ?? context
        func read(
            _ data: String, columns: [String]?, tokenizer known: Tokenizer?
        ) throws -> DatasetSplit {
            let text = TextOptions(
                kind: tokenizer, known: known, context: length ?? TextOptions.usualContext)
            return try source(data, TableOptions(missing: usual, columns: columns), images, text)
                .load(seed: seed)
        }
        let split = try read(
            data, columns: network?.inputs[0].columns, tokenizer: network?.inputs[0].tokenizer)
        guard let validation else {
            return isTraining && split.train.tokenizer != nil
                ? try split.holdingOut(TextOptions.usualValidationShare, seed: seed) : split
        }
        guard split.validation == nil else {
            throw ValidationError(
                "--data \(data.printable) has a part for validation already: leave out --validation."
            )
        }
        guard let share = Double(validation) else {
            let input = split.train.inputs[0]
            let other = try read(validation, columns: input.columns, tokenizer: input.tokenizer)
            return try DatasetSplit(
                train: split.train, validation: other.train, test: split.test)
        }
        guard share > 0, share < 1 else {
            throw ValidationError("--validation \(validation) is not between 0 and 1.")
        }
        return try split.holdingOut(share, seed: seed)
    }

    /// A source that is read as the flags say, and as is usual where they say nothing.
    private func source(
        _ data: String, _ usual: TableOptions, _ usualImages: ImageOptions?, _ text: TextOptions
    ) throws -> DataSource {
        let table = TableOptions(
            hasHeader: header.map { $0 == .yes }, delimiter: delimiter?.byte,
            targets: target?.patterns ?? [], ignored: ignore?.patterns ?? [],
            missing: missing ?? usual.missing, columns: usual.columns)
        let given = ImageOptions(size: imageSize, channels: imageChannels)
        let source = try DataSource(
            data, table: table, images: usualImages.map { given.or($0) } ?? given, text: text)
        switch source {
        case .text: break
        default:
            guard tokenizer == nil else {
                throw ValidationError(
                    "--tokenizer is about text:FILE, and --data \(data.printable) is none.")
            }
        }
        switch source {
        case .csv, .classFolders: break
        default:
            guard given == ImageOptions() else {
                throw ValidationError(
                    "--image-size and --image-channels are about folders of images, and --data "
                        + "\(data.printable) is none.")
            }
        }
        if case .csv = source { return source }
        guard table == usual, missing == nil else {
            throw ValidationError(
                "--target, --ignore, --header, --delimiter and --missing are about tables, and --data "
                    + "\(data.printable) is none.")
        }
        return source
    }
}

/// A character that separates fields.
struct Delimiter: ExpressibleByArgument {
    let byte: UInt8

    init?(argument: String) {
        let names: [String: UInt8] = ["tab": 0x09, "\\t": 0x09]
        if let byte = names[argument] {
            self.byte = byte
        } else if argument.utf8.count == 1, let byte = argument.utf8.first, byte != 0x22,
            byte > 0x20 || byte == 0x09
        {
            self.byte = byte
        } else {
            return nil
        }
    }
}

extension ImageOptions.Size: ExpressibleByArgument {
    /// Reads a height and a width, or one number for both.
    public init?(argument: String) {
        let numbers = argument.lowercased().split(
            separator: "x", omittingEmptySubsequences: false
        ).map { Int($0) ?? 0 }
        guard (1...2).contains(numbers.count),
            numbers.allSatisfy({ (1...Int(UInt16.max)).contains($0) })
        else { return nil }
        self.init(height: numbers[0], width: numbers.count == 2 ? numbers[1] : numbers[0])
    }
}

extension ImageOptions.Channels {
    fileprivate init(parsing argument: String) throws {
        switch argument.lowercased() {
        case "gray", "grey", "1": self = .gray
        case "colour", "color", "3": self = .color
        default: throw ValidationError("\(argument.printable) is neither gray nor colour.")
        }
    }
}

extension Network {
    /// What becomes of missing values where the model is used.
    var missingValues: MissingValues { inputs[0].preparation?.fill == nil ? .refuse : .mean }
}

extension MissingValues: ExpressibleByArgument {}
extension Tokenizer.Kind: ExpressibleByArgument {}
extension Scale: ExpressibleByArgument {}
