import Foundation
import NNGPU

/// A function of one number that a network is to approximate: an expression or a file of points.
public struct TargetFunction: Sendable {
    private enum Source {
        case expression(Expression)
        case samples(Dataset)
    }

    /// What pictures call it.
    public let name: String
    private let source: Source

    /// Understands an expression in x such as `sin(6*x)`, or the path of a CSV file of x and y.
    ///
    /// - Throws: ``ExpressionError``, or `DataError` for a file that is missing or has not exactly
    ///   two columns.
    public init(_ text: String) throws {
        if text.lowercased().hasSuffix(".csv") {
            let data = try DataSource(text).load(seed: 0).train
            guard data.featureCount == 1 else { throw TargetFunctionError(file: text) }
            name = text
            source = .samples(try data.scaledToUnitInterval())
        } else {
            name = text
            source = .expression(try Expression(text))
        }
    }

    /// A built-in function.
    init(_ name: String, _ expression: String) throws {
        self.name = name
        source = .expression(try Expression(expression))
    }

    /// So many evenly spaced samples over [-1, 1], or all those of the file.
    func dataset(samples: Int) throws -> Dataset {
        switch source {
        case .samples(let data): return data
        case .expression(let expression):
            let xs = (0..<samples).map { -1 + 2 * (Double($0) + 0.5) / Double(samples) }
            return try Dataset(
                name: name, features: xs.map(Float.init), sampleShape: [1],
                targets: xs.map { Float(expression.value(at: $0)) }, targetWidth: 1)
        }
    }
}

/// A file of points with other than two columns.
public struct TargetFunctionError: Error, Equatable, Sendable, LocalizedError,
    CustomStringConvertible
{
    /// The file.
    public let file: String

    /// One sentence: what is wrong and what to write instead.
    public var description: String {
        "\(file) has other than two columns: give one of x and one of y."
    }

    /// The same sentence, for `localizedDescription`.
    public var errorDescription: String? { description }
}

extension Dataset {
    /// The samples in ascending order, with the only feature mapped to [-1, 1].
    fileprivate func scaledToUnitInterval() throws -> Dataset {
        let order = (0..<count).sorted { features[$0] < features[$1] }
        let (lower, upper) = (features[order[0]], features[order[count - 1]])
        let length = upper > lower ? upper - lower : 1
        return try Dataset(
            name: name, features: order.map { 2 * (features[$0] - lower) / length - 1 },
            sampleShape: [1], targets: order.map { targets[$0] }, targetWidth: 1)
    }
}
