import NNGraph

/// A number for each axis of space, or one for all of them: `3`, or `[3, 5]`.
public struct AxisNumbers: Hashable, Sendable, ExpressibleByIntegerLiteral,
    ExpressibleByArrayLiteral, CustomStringConvertible
{
    /// The number of each axis, or of all.
    public let numbers: [Int]

    /// One number for each axis, or a single one for all.
    public init(_ numbers: [Int]) {
        self.numbers = numbers
    }

    /// The same number for all axes.
    public init(integerLiteral number: Int) {
        self.init([number])
    }

    /// One number for each axis.
    public init(arrayLiteral numbers: Int...) {
        self.init(numbers)
    }

    /// The number or the list of them.
    public var description: String { numbers.count == 1 ? "\(numbers[0])" : "\(numbers)" }

    /// The numbers of so many axes, each at least `lowest`.
    ///
    /// - Throws: ``ModelError/option(layer:name:value:expected:)`` of the layer for other ones.
    package func values(
        _ count: Int, atLeast lowest: Int, _ name: String, of layer: String
    ) throws(ModelError) -> [Int] {
        let values = numbers.count == 1 ? Array(repeating: numbers[0], count: count) : numbers
        guard values.count == count, values.allSatisfy({ (lowest...1 << 20).contains($0) }) else {
            throw .option(
                layer: layer, name: name, value: description,
                expected: "\(count) whole numbers of at least \(lowest), or one")
        }
        return values
    }
}

extension AxisNumbers: Codable {
    /// Reads a number or a list of them.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Int.self) {
            self.init([number])
        } else {
            self.init(try container.decode([Int].self))
        }
    }

    /// Writes the same.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if numbers.count == 1 {
            try container.encode(numbers[0])
        } else {
            try container.encode(numbers)
        }
    }
}

/// How far windows reach beyond the edges of space.
public enum SpacePadding: Hashable, Sendable, ExpressibleByIntegerLiteral {
    /// As far that there are as many windows as elements, where the stride is 1; an odd place goes to the end.
    case same
    /// By so many places on both sides of each axis.
    case places(AxisNumbers)
    /// By so many places before and after each axis.
    case sides(lower: AxisNumbers, upper: AxisNumbers)

    /// By so many places on all sides.
    public init(integerLiteral number: Int) {
        self = .places(AxisNumbers([number]))
    }

    /// The places before and after each axis.
    func values(
        _ axes: [WindowAxis], of layer: String
    ) throws(ModelError) -> [(lower: Int, upper: Int)] {
        switch self {
        case .same:
            guard axes.allSatisfy({ $0.stride == 1 }) else {
                throw .option(
                    layer: layer, name: "padding", value: "same",
                    expected:
                        "a number of places, as with a stride there are fewer windows than elements"
                )
            }
            return axes.map { (($0.reach - 1) / 2, $0.reach / 2) }
        case .places(let numbers):
            return try numbers.values(axes.count, atLeast: 0, "padding", of: layer).map { ($0, $0) }
        case .sides(let lower, let upper):
            return Array(
                zip(
                    try lower.values(axes.count, atLeast: 0, "padding", of: layer),
                    try upper.values(axes.count, atLeast: 0, "padding", of: layer)))
        }
    }
}

extension SpacePadding: Codable {
    private enum CodingKeys: CodingKey { case lower, upper }

    /// Reads `"same"`, places, or an object with `lower` and `upper`.
    public init(from decoder: any Decoder) throws {
        if let object = try? decoder.container(keyedBy: CodingKeys.self) {
            self = .sides(
                lower: try object.decode(AxisNumbers.self, forKey: .lower),
                upper: try object.decode(AxisNumbers.self, forKey: .upper))
        } else if let text = try? decoder.singleValueContainer().decode(String.self) {
            guard text == "same" else {
                throw DecodingError.dataCorrupted(
                    .init(codingPath: decoder.codingPath, debugDescription: "no padding"))
            }
            self = .same
        } else {
            self = .places(try AxisNumbers(from: decoder))
        }
    }

    /// Writes the same.
    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .same:
            var container = encoder.singleValueContainer()
            try container.encode("same")
        case .places(let numbers): try numbers.encode(to: encoder)
        case .sides(let lower, let upper):
            var object = encoder.container(keyedBy: CodingKeys.self)
            try object.encode(lower, forKey: .lower)
            try object.encode(upper, forKey: .upper)
        }
    }
}
