import NNFiles
import NNModel

/// Samples to learn from: what goes into a model for each, and the targets to predict from it.
public struct Dataset: Sendable {
    /// Something that goes into a model.
    public struct Input: Sendable {
        /// Its name.
        public let name: String
        /// The numbers of all samples, row-major, [count, …].
        public let values: Features
        /// The shape of one sample.
        public let sampleShape: [Int]
        /// The number of numbers of one sample: the product of its shape.
        public let width: Int
        /// Whether the samples are images that were brought to this size.
        public let areResizedImages: Bool
        /// What the numbers of a sample are called where they come from, such as the names of a table's columns.
        public let columns: [String]?
        /// How the text that the numbers stand for became tokens; nil for what is no text.
        public let tokenizer: Tokenizer?

        /// Describes an input.
        public init(
            _ name: String, _ values: Features, sampleShape: [Int], areResizedImages: Bool = false,
            columns: [String]? = nil, tokenizer: Tokenizer? = nil
        ) {
            self.name = name
            self.values = values
            self.sampleShape = sampleShape
            self.areResizedImages = areResizedImages
            self.columns = columns
            self.tokenizer = tokenizer
            // 0 fits no data set, which its initializer says.
            width = sampleShape.checkedProduct ?? 0
        }
    }

    /// Something to predict.
    public struct Target: Sendable {
        /// Its name.
        public let name: String
        /// The numbers of all samples, row-major, [count, width].
        public let numbers: Features
        /// The number of numbers of one sample.
        public let width: Int
        /// What they are.
        public let kind: TargetKind
        /// What they are called where they come from, such as the name of a column.
        public let source: String?

        /// Describes a target; without a `kind`, one whole number of at least 0 for each sample is its class.
        public init(
            _ name: String, _ values: [Float], width: Int, kind: TargetKind? = nil,
            source: String? = nil
        ) {
            self.name = name
            numbers = .floats(values)
            self.width = width
            self.source = source
            func areLabels() -> Bool {
                width == 1 && values.allSatisfy { $0 >= 0 && $0 == $0.rounded() }
            }
            self.kind = kind ?? (areLabels() ? .classes : .numbers)
        }

        /// The classes of sequences: at each place the token to predict.
        init(_ name: String, _ tokens: TokenWindows) {
            self.init(name, .tokens(tokens), width: tokens.length, kind: .classes, source: nil)
        }

        fileprivate init(
            _ name: String, _ numbers: Features, width: Int, kind: TargetKind, source: String?
        ) {
            self.name = name
            self.numbers = numbers
            self.width = width
            self.kind = kind
            self.source = source
        }

        /// The numbers of all samples as an array, which sequences of tokens become when they are asked for.
        public var values: [Float] {
            if case .floats(let values) = numbers { values } else { Array(numbers) }
        }
    }

    /// The name in messages and reports.
    public let name: String
    /// What goes into a model, at least one.
    public let inputs: [Input]
    /// What to predict, at least one.
    public let allTargets: [Target]
    /// What the classes are called, by label, where that is known.
    public let classNames: [String]?
    /// The number of samples, which is at least 1 and fits `Int32`.
    public let count: Int
    /// What people should know of how it was read, a clause each.
    public let remarks: [String]

    /// Creates a data set after checking that its parts fit together.
    public init(
        name: String, inputs: [Input], targets: [Target], classNames: [String]? = nil,
        remarks: [String] = []
    ) throws(DataError) {
        guard let target = targets.first, let input = inputs.first, target.width > 0,
            !target.numbers.isEmpty, !input.values.isEmpty
        else { throw .noSamples(name) }
        let count = target.numbers.count / target.width
        guard count <= Int32.max else { throw .tooManySamples(name, count) }
        let counts =
            inputs.map { ($0.width, $0.values.count) }
            + targets.map { ($0.width, $0.numbers.count) }
        let names = inputs.map(\.name) + targets.map(\.name)
        guard counts.allSatisfy({ $0.0 > 0 && [count, $0.0].checkedProduct == $0.1 }),
            Set(names).count == names.count
        else { throw .inconsistent(dataset: name) }
        self.name = name
        self.inputs = inputs
        self.allTargets = targets
        self.classNames = classNames
        self.count = count
        self.remarks = remarks
    }

    /// Creates a data set of one input, ``Network/inputName``, and one target, ``Objective/targetName``, after
    /// checking that its parts fit together.
    public init(
        name: String, features: Features, sampleShape: [Int], targets: [Float], targetWidth: Int,
        classNames: [String]? = nil
    ) throws(DataError) {
        try self.init(
            name: name,
            inputs: [Input(Self.inputName, features, sampleShape: sampleShape)],
            targets: [Target(Self.targetName, targets, width: targetWidth)],
            classNames: classNames)
    }

    /// The same of numbers.
    public init(
        name: String, features: [Float], sampleShape: [Int], targets: [Float], targetWidth: Int,
        classNames: [String]? = nil
    ) throws(DataError) {
        try self.init(
            name: name, features: .floats(features), sampleShape: sampleShape, targets: targets,
            targetWidth: targetWidth, classNames: classNames)
    }

    /// What the only input is called, as the only input of a layer: `features`.
    public static let inputName = "features"
    /// What the only target is called: `targets`.
    public static let targetName = "targets"

    /// The input of that name.
    ///
    /// - Throws: ``DataError/noColumn(dataset:name:known:)``.
    public func input(_ name: String) throws(DataError) -> Input {
        guard let input = inputs.first(where: { $0.name == name }) else {
            throw .noColumn(dataset: self.name, name: name, known: inputs.map(\.name))
        }
        return input
    }

    /// The target of that name.
    ///
    /// - Throws: ``DataError/noColumn(dataset:name:known:)``.
    public func target(_ name: String) throws(DataError) -> Target {
        guard let target = allTargets.first(where: { $0.name == name }) else {
            throw .noColumn(dataset: self.name, name: name, known: allTargets.map(\.name))
        }
        return target
    }

    /// The samples at some positions, in that order.
    ///
    /// - Parameters:
    ///   - positions: The samples, counted from 0.
    ///   - name: What they are called in messages and reports; by default as before.
    /// - Returns: A data set of them.
    /// - Throws: ``DataError`` if there are none.
    public func selecting(
        _ positions: [Int], named name: String? = nil
    ) throws(DataError) -> Dataset {
        try Dataset(
            name: name ?? self.name,
            inputs: inputs.map { input in
                Input(
                    input.name, input.values.selecting(positions, width: input.width),
                    sampleShape: input.sampleShape, areResizedImages: input.areResizedImages,
                    columns: input.columns, tokenizer: input.tokenizer)
            },
            targets: allTargets.map { target in
                Target(
                    target.name, target.numbers.selecting(positions, width: target.width),
                    width: target.width, kind: target.kind, source: target.source)
            }, classNames: classNames, remarks: remarks)
    }
}

// MARK: - Of one input and one target

extension Dataset {
    /// The numbers of the first input, row-major, [count, featureCount].
    public var features: Features { inputs[0].values }
    /// The shape of one sample of the first input, such as [28, 28] for an image.
    public var sampleShape: [Int] { inputs[0].sampleShape }
    /// The number of features of one sample: the product of its shape.
    public var featureCount: Int { inputs[0].width }
    /// The first targets, row-major, [count, targetWidth].
    public var targets: [Float] { allTargets[0].values }
    /// The number of first targets of one sample.
    public var targetWidth: Int { allTargets[0].width }

    /// Returns the targets as class labels; throws unless each is one whole number of at least 0.
    public func classLabels() throws(DataError) -> [Int32] {
        try Self.labels(targets, width: targetWidth, of: name)
    }

    private static func labels(
        _ targets: [Float], width: Int, of name: String
    ) throws(DataError) -> [Int32] {
        guard width == 1 else { throw .labelWidth(dataset: name, width: width) }
        // From 2²⁴ on `Float` skips whole numbers, so two classes could have become one.
        let exactLabels: Range<Float> = 0..<0x1p24
        if let sample = targets.firstIndex(where: {
            !exactLabels.contains($0) || $0 != $0.rounded()
        }) {
            throw .label(dataset: name, sample: sample, value: targets[sample])
        }
        return targets.map { Int32($0) }
    }

    /// How the text of the first input became tokens; nil for what is no text.
    public var tokenizer: Tokenizer? { inputs[0].tokenizer }

    /// The number of classes: of a text the tokens there are, else one more than the largest label, or the number of names if that is more.
    public var classCount: Int {
        get throws(DataError) {
            if let tokenizer { return tokenizer.count }
            // What has no label is of no class.
            let labelled = targets.filter { $0 != ClassCoding.ignoredLabel }
            let labels = try Self.labels(labelled, width: targetWidth, of: name)
            return max(Int(labels.max() ?? 0) + 1, classNames?.count ?? 0)
        }
    }
}
