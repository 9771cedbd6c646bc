import Foundation

/// A formula in x such as `sin(6*x) + x^2`, read by recursive descent.
///
///     sum      = product { (+|-) product }
///     product  = signed { (*|/) signed }
///     signed   = (+|-) signed | power
///     power    = atom [ ^ signed ]
///     atom     = number | x | pi | name ( sum ) | ( sum )
struct Expression: Sendable {
    private static let functions: [String: @Sendable (Double) -> Double] = [
        "sin": { sin($0) }, "cos": { cos($0) }, "tan": { tan($0) }, "exp": { exp($0) },
        "log": { log($0) }, "sqrt": { sqrt($0) }, "tanh": { tanh($0) }, "abs": { abs($0) },
        "sign": { $0 > 0 ? 1 : $0 < 0 ? -1 : 0 },
    ]
    /// Deep enough for people, and too shallow for the stack to overflow.
    private static let deepest = 100

    private indirect enum Node: Sendable {
        case number(Double)
        case variable
        case function(@Sendable (Double) -> Double, Node)
        case binary(@Sendable (Double, Double) -> Double, Node, Node)

        func value(at x: Double) -> Double {
            switch self {
            case .number(let number): number
            case .variable: x
            case .function(let function, let node): function(node.value(at: x))
            case .binary(let function, let a, let b): function(a.value(at: x), b.value(at: x))
            }
        }
    }

    private let root: Node

    /// As long as people write, and too short for a sum of very many terms, which is nested as deep.
    private static let longest = 1000

    /// Reads a formula.
    init(_ text: String) throws(ExpressionError) {
        guard text.utf8.count <= Self.longest else {
            throw ExpressionError(
                text: text, position: Self.longest, expected: "the end at the latest")
        }
        var parser = Parser(text)
        root = try parser.all()
        guard (0...64).allSatisfy({ value(at: -1 + Double($0) / 32).isFinite }) else {
            throw ExpressionError(text: text, position: 0, expected: "a number for x in [-1, 1]")
        }
    }

    /// The value for a number.
    func value(at x: Double) -> Double { root.value(at: x) }

    private struct Parser {
        private let text: String
        private let characters: [Character]
        private var position = 0
        private var depth = 0

        init(_ text: String) {
            self.text = text
            characters = Array(text)
        }

        mutating func all() throws(ExpressionError) -> Node {
            let node = try sum()
            guard next == nil else { throw expected("an operator or the end") }
            return node
        }

        private var next: Character? {
            mutating get {
                while position < characters.count, characters[position].isWhitespace {
                    position += 1
                }
                return position < characters.count ? characters[position] : nil
            }
        }

        private func expected(_ what: String) -> ExpressionError {
            ExpressionError(text: text, position: position, expected: what)
        }

        private mutating func take(_ character: Character) -> Bool {
            guard next == character else { return false }
            position += 1
            return true
        }

        private mutating func sum() throws(ExpressionError) -> Node {
            depth += 1
            defer { depth -= 1 }
            guard depth < Expression.deepest else { throw expected("fewer parentheses") }
            var node = try product()
            while true {
                if take("+") {
                    node = .binary({ $0 + $1 }, node, try product())
                } else if take("-") {
                    node = .binary({ $0 - $1 }, node, try product())
                } else {
                    return node
                }
            }
        }

        private mutating func product() throws(ExpressionError) -> Node {
            var node = try signed()
            while true {
                if take("*") {
                    node = .binary({ $0 * $1 }, node, try signed())
                } else if take("/") {
                    node = .binary({ $0 / $1 }, node, try signed())
                } else {
                    return node
                }
            }
        }

        private mutating func signed() throws(ExpressionError) -> Node {
            var isNegative = false
            while let sign = next, "+-".contains(sign) {
                if sign == "-" { isNegative.toggle() }
                position += 1
            }
            let node = try power()
            return isNegative ? .function({ -$0 }, node) : node
        }

        private mutating func power() throws(ExpressionError) -> Node {
            let base = try atom()
            guard take("^") else { return base }
            depth += 1
            defer { depth -= 1 }
            guard depth < Expression.deepest else { throw expected("fewer powers") }
            return .binary({ pow($0, $1) }, base, try signed())
        }

        private mutating func atom() throws(ExpressionError) -> Node {
            if take("(") {
                let node = try sum()
                guard take(")") else { throw expected("a closing parenthesis") }
                return node
            }
            guard let first = next else { throw expected("a number, x or a function") }
            if first.isNumber || first == "." {
                let digits = String(
                    characters[position...].prefix { $0.isNumber || $0 == "." })
                guard let number = Double(digits) else { throw expected("a number") }
                position += digits.count
                return .number(number)
            }
            let name = String(characters[position...].prefix(while: \.isLetter))
            switch name {
            case "x":
                position += 1
                return .variable
            case "pi":
                position += 2
                return .number(.pi)
            default:
                guard let function = Expression.functions[name] else {
                    throw expected(
                        "x, pi, a number or one of "
                            + Expression.functions.keys.sorted().joined(separator: ", "))
                }
                position += name.count
                guard take("(") else { throw expected("a parenthesis after \(name)") }
                let node = try sum()
                guard take(")") else { throw expected("a closing parenthesis") }
                return .function(function, node)
            }
        }
    }
}

/// A formula that means nothing: where, and what was expected there.
public struct ExpressionError: Error, Equatable, Sendable, LocalizedError, CustomStringConvertible {
    /// What was written.
    public let text: String
    /// How many characters were understood.
    public let position: Int
    /// What would have been.
    public let expected: String

    /// One sentence: what is wrong, where, and what to write instead.
    public var description: String {
        "\(text.excerpt) is no function of x: expected \(expected) at character \(position + 1)."
    }

    /// The same sentence, for `localizedDescription`.
    public var errorDescription: String? { description }
}
