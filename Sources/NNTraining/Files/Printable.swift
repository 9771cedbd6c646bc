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

extension [Int] {
    /// The sizes of a shape that a file gives, `[2, 3]`, or the first of them.
    package var excerpt: String {
        let limit = 8
        let more = count > limit ? ", … \(count) sizes" : ""
        return "[\(prefix(limit).map(String.init).joined(separator: ", "))\(more)]"
    }
}
