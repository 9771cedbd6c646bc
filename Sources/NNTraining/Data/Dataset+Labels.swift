import NNFiles

/// Which class each value of a target stands for.
public struct ClassCoding: Sendable, Equatable {
    /// What the classes are called, by label.
    public let names: [String]
    /// The label of samples that count for nothing, as PyTorch has it by default.
    public static let ignoredLabel: Float = -100

    private let labels: [Float: Int]

    /// Numbers the values that occur in ascending order, or takes labels that count up from 0 as they are, in which
    /// case there is nothing to code; nor is there for numbers that are no labels.
    init?(of values: [Float]) {
        guard values.allSatisfy({ $0 == $0.rounded() && abs($0) < 0x1p24 }) else { return nil }
        let distinct = Set(values).subtracting([Self.ignoredLabel]).sorted()
        // A class that does not occur is none the less one, unless far more are missing than are there.
        if distinct.first ?? 0 >= 0, distinct.first ?? 0 < 1,
            Int(distinct.last ?? 0) < max(2 * distinct.count, 10)
        {
            return nil
        }
        self.init(distinct)
    }

    /// Labels for classes whose names are numbers.
    init?(names: [String]) {
        let values = names.compactMap { Float($0) }
        guard values.count == names.count, Set(values).count == names.count else { return nil }
        self.init(values)
    }

    private init(_ values: [Float]) {
        names = values.map(Self.name)
        labels = Dictionary(uniqueKeysWithValues: values.enumerated().map { ($1, $0) })
    }

    /// A number as people write it.
    fileprivate static func name(of value: Float) -> String {
        value == value.rounded() && abs(value) < 0x1p24 ? "\(Int(value))" : "\(value)"
    }

    fileprivate func label(_ value: Float) -> Float? {
        value == Self.ignoredLabel ? value : labels[value].map { Float($0) }
    }
}

extension Dataset {
    /// The data set with its only target as labels 0, 1, 2, … of classes, which get the names of `known` if that is
    /// given.
    ///
    /// - Parameters:
    ///   - coding: What the values of a target that is no word stand for; nil for themselves.
    ///   - known: The names of the classes that a model knows already.
    /// - Returns: The same samples.
    /// - Throws: ``DataError/unknownClass(dataset:sample:value:known:)``.
    func labelled(_ coding: ClassCoding?, as known: [String]? = nil) throws(DataError) -> Dataset {
        let target = allTargets[0]
        guard allTargets.count == 1, target.width == 1 else { return self }
        var values = target.values
        var names = known ?? coding?.names ?? classNames
        if let own = classNames, let known {
            // Words have labels in the order of this file's own.
            let places = Dictionary(known.enumerated().map { ($1, $0) }) { first, _ in first }
            for (sample, value) in values.enumerated() where own.indices.contains(Int(value)) {
                guard let label = places[own[Int(value)]] else {
                    throw .unknownClass(
                        dataset: name, sample: sample, value: own[Int(value)], known: known)
                }
                values[sample] = Float(label)
            }
        } else if let coding {
            for (sample, value) in values.enumerated() {
                guard let label = coding.label(value) else {
                    throw .unknownClass(
                        dataset: name, sample: sample, value: ClassCoding.name(of: value),
                        known: coding.names)
                }
                values[sample] = label
            }
            names = coding.names
        }
        return try Dataset(
            name: name, inputs: inputs,
            targets: [
                Target(target.name, values, width: 1, kind: .classes, source: target.source)
            ], classNames: names, remarks: remarks)
    }
}

extension DatasetSplit {
    /// The same with targets as labels of classes.
    ///
    /// Values that do not count up from 0, such as 1, 2, 3 or -1 and 1, become labels in ascending order, whose names
    /// they are; -100 stays what it is.
    ///
    /// - Parameter known: The names of the classes that a model knows already.
    /// - Returns: The same samples.
    /// - Throws: ``DataError``.
    func labelled(as known: [String]? = nil) throws(DataError) -> DatasetSplit {
        guard train.allTargets.count == 1, train.targetWidth == 1,
            !train.allTargets[0].numbers.areMadeByBatch
        else { return self }
        let coding: ClassCoding?
        if let known {
            coding = ClassCoding(names: known)
        } else if train.classNames != nil {
            coding = nil
        } else {
            coding = ClassCoding(of: parts.flatMap(\.targets))
        }
        let words = known ?? commonNames
        func labelled(_ part: Dataset?) throws(DataError) -> Dataset? {
            guard let part else { return nil }
            return try part.labelled(coding, as: words)
        }
        return try DatasetSplit(
            train: train.labelled(coding, as: words), validation: labelled(validation),
            test: labelled(test))
    }

    private var parts: [Dataset] { [train, validation, test].compactMap(\.self) }

    /// The words of all parts, if they are words and differ.
    private var commonNames: [String]? {
        guard let own = train.classNames, parts.contains(where: { $0.classNames != own }) else {
            return nil
        }
        return Set(parts.flatMap { $0.classNames ?? [] }).sorted()
    }
}
