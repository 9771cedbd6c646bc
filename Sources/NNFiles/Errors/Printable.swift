/// What comes from a file and goes into a message: it may be of any length, and hold what a terminal
/// would obey.
extension String {
    /// The beginning, on one line and without control characters.
    package var printable: String {
        let (text, isWhole) = printable(80, escaping: [])
        return isWhole ? text : text + "…"
    }

    /// A shorter beginning, in quotation marks.
    package var excerpt: String {
        let (text, isWhole) = printable(40, escaping: ["\"", "\\"])
        return "\"\(text)\"" + (isWhole ? "" : "…")
    }

    private func printable(
        _ limit: Int, escaping marks: Set<Unicode.Scalar>
    ) -> (text: String, isWhole: Bool) {
        var text = ""
        // Of scalars, as a single character may have thousands.
        for scalar in unicodeScalars.prefix(limit) {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
                text += "\\u{\(String(scalar.value, radix: 16))}"
            default:
                if marks.contains(scalar) { text += "\\" }
                text.unicodeScalars.append(scalar)
            }
        }
        return (text, unicodeScalars.dropFirst(limit).isEmpty)
    }
}

extension String {
    /// What to show of this text and of another so that the first difference is to be seen.
    package func excerpts(comparedTo other: String) -> (own: String, other: String) {
        let (limit, before) = (80, 32)
        let equal = zip(unicodeScalars, other.unicodeScalars).prefix { $0 == $1 }.count
        let isShort = [self, other].allSatisfy { $0.unicodeScalars.dropFirst(limit).isEmpty }
        guard !isShort, equal > before else { return (printable, other.printable) }
        func part(of text: String) -> String {
            "…" + String(text.unicodeScalars.dropFirst(equal - before)).printable
        }
        return (part(of: self), part(of: other))
    }
}

extension [Int] {
    /// The sizes of a shape that a file gives, `[2, 3]`, or the first of them.
    package var excerpt: String {
        let limit = 8
        let more = count > limit ? ", … \(count) sizes" : ""
        return "[\(prefix(limit).map(String.init).joined(separator: ", "))\(more)]"
    }
}
