import Charts

/// A line of mathematics that needs no script to be read: `E = −Σ_{i} y_{i} log p_{i}`.
///
/// `_{…}` lowers and `^{…}` raises what is in the braces, which may nest; everything else is plain
/// Unicode.
public struct Formula: Sendable, ExpressibleByStringLiteral {
    private enum Part {
        case plain(String)
        case lowered(Formula)
        case raised(Formula)
    }

    private let parts: [Part]

    /// Reads a formula.
    public init(stringLiteral text: String) {
        var rest = text[...]
        self.init(&rest)
    }

    /// Reads up to the end or to a closing brace, which is taken.
    private init(_ rest: inout Substring) {
        var (parts, plain): ([Part], String) = ([], "")
        while let character = rest.popFirst(), character != "}" {
            guard "_^".contains(character), rest.first == "{" else {
                plain.append(character)
                continue
            }
            rest.removeFirst()
            parts.append(.plain(plain))
            plain = ""
            let inner = Formula(&rest)
            parts.append(character == "_" ? .lowered(inner) : .raised(inner))
        }
        self.parts = parts + [.plain(plain)]
    }

    /// The formula for a terminal.
    public var text: String {
        parts.map { part in
            switch part {
            case .plain(let text): text
            case .lowered(let inner): Typography.subscript(inner.text)
            case .raised(let inner): Typography.superscript(inner.text)
            }
        }.joined()
    }

    /// The formula for a page, as HTML.
    public var html: String {
        parts.map { part in
            switch part {
            case .plain(let text): text.escapedForHTML
            case .lowered(let inner): "<sub>\(inner.html)</sub>"
            case .raised(let inner): "<sup>\(inner.html)</sup>"
            }
        }.joined()
    }
}

extension String {
    fileprivate var escapedForHTML: String {
        replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
