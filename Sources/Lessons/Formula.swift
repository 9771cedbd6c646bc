import Charts

/// A line of mathematics that needs no script to be read: `E = −Σ_{i} y_{i} log p_{i}`.
///
/// `_{…}` lowers and `^{…}` raises what is in the braces; everything else is plain Unicode.
public struct Formula: Sendable, ExpressibleByStringLiteral {
    private enum Part {
        case plain(String)
        case lowered(String)
        case raised(String)
    }

    private let parts: [Part]

    /// Reads a formula.
    public init(stringLiteral text: String) {
        var parts: [Part] = []
        var rest = text[...]
        while let match = rest.firstMatch(of: /([_^])\{([^}]*)\}/) {
            parts.append(.plain(String(rest[..<match.range.lowerBound])))
            let inner = String(match.2)
            parts.append(match.1 == "_" ? .lowered(inner) : .raised(inner))
            rest = rest[match.range.upperBound...]
        }
        self.parts = parts + [.plain(String(rest))]
    }

    /// The formula for a terminal.
    public var text: String {
        parts.map { part in
            switch part {
            case .plain(let text): text
            case .lowered(let text): Typography.subscript(text)
            case .raised(let text): Typography.superscript(text)
            }
        }.joined()
    }

    /// The formula for a page, as HTML.
    public var html: String {
        parts.map { part in
            switch part {
            case .plain(let text): text.escapedForHTML
            case .lowered(let text): "<sub>\(text.escapedForHTML)</sub>"
            case .raised(let text): "<sup>\(text.escapedForHTML)</sup>"
            }
        }.joined()
    }
}

extension String {
    fileprivate var escapedForHTML: String {
        replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
