/// What one field of a table looks like.
package enum FieldKind {
    /// A number that `Float` can hold.
    case number
    /// `true` or `false`, in any case.
    case boolean
    /// Nothing, or what stands for nothing.
    case missing
    /// Text that begins like a word.
    case word
    /// What begins like a number and is none, or has bytes that no text has.
    case malformed

    /// The kind of a field, and its number if it has one.
    package static func of(_ text: String) -> (kind: FieldKind, number: Float?) {
        if isMissing(text) { return (.missing, nil) }
        guard isText(text) else { return (.malformed, nil) }
        if let number = Float(text) {
            return number.isFinite ? (.number, number) : (.malformed, nil)
        }
        if let truth = boolean(text) { return (.boolean, truth ? 1 : 0) }
        let beginsLikeNumber = text.utf8.first.map { "0123456789+-.".utf8.contains($0) } ?? false
        return (beginsLikeNumber ? .malformed : .word, nil)
    }

    /// Whether there are no bytes of no text, such as zeros, which `Float(_:)` would stop at.
    package static func isText(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 >= 0x20 || [0x09, 0x0A, 0x0D].contains($0) }
            && !text.unicodeScalars.contains("\u{FFFD}")
    }

    /// `true` or `false` as pandas writes them, or in any other case.
    static func boolean(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "true": true
        case "false": false
        default: nil
        }
    }

    /// Whether a field has no value: those that pandas 3 takes for missing, and the question mark of the UCI collection.
    static func isMissing(_ text: String) -> Bool { missingWords.contains(text) }

    private static let missingWords: Set<String> = [
        "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN",
        "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null", "?",
    ]

    /// Whether a decimal comma may stand in the text: digits, one comma, digits.
    static func hasDecimalComma(_ text: String) -> Bool {
        let parts = text.drop { $0 == "-" || $0 == "+" }
            .split(separator: ",", omittingEmptySubsequences: false)
        return parts.count == 2
            && parts.allSatisfy { part in
                !part.isEmpty && part.allSatisfy { $0.isASCII && $0.isNumber }
            }
    }
}
