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

    private static let blank = UInt8(ascii: " ")

    /// The kind of a field, and its number if it has one.
    package static func of(_ text: String) -> (kind: FieldKind, number: Float?) {
        // Most fields are plain numbers, which need no look at what else they might be.
        if let number = text.utf8.withContiguousStorageIfAvailable({ Float(decimal: $0) }) ?? nil {
            return (.number, number)
        }
        // Some fill numbers up with blanks before they put them into quotation marks.
        if text.utf8.first == blank || text.utf8.last == blank {
            return of(text.withoutBlanksAround)
        }
        if isMissing(text) { return (.missing, nil) }
        guard isText(text) else { return (.malformed, nil) }
        let beginsLikeNumber: Bool
        let mayBeNumber: Bool
        switch text.utf8.first ?? 0 {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"),
            UInt8(ascii: "."):
            (beginsLikeNumber, mayBeNumber) = (true, true)
        case UInt8(ascii: "i"), UInt8(ascii: "I"), UInt8(ascii: "n"), UInt8(ascii: "N"):
            // Names of what is no finite number are numbers too.
            (beginsLikeNumber, mayBeNumber) = (false, true)
        default: (beginsLikeNumber, mayBeNumber) = (false, false)
        }
        if mayBeNumber, let number = Float(text) {
            return number.isFinite ? (.number, number) : (.malformed, nil)
        }
        if let truth = boolean(text) { return (.boolean, truth ? 1 : 0) }
        return (beginsLikeNumber ? .malformed : .word, nil)
    }

    /// Whether there are no bytes of no text, such as zeros, which `Float(_:)` would stop at.
    package static func isText(_ text: String) -> Bool {
        var isASCII = true
        for byte in text.utf8 {
            guard byte >= 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D else { return false }
            if byte >= 0x80 { isASCII = false }
        }
        return isASCII || !text.unicodeScalars.contains("\u{FFFD}")
    }

    /// `true` or `false` as pandas writes them, or in any other case.
    static func boolean(_ text: String) -> Bool? {
        guard (4...5).contains(text.utf8.count) else { return nil }
        return switch text.lowercased() {
        case "true": true
        case "false": false
        default: nil
        }
    }

    /// Whether a field has no value: those that pandas 3 takes for missing, and the question mark of the UCI collection.
    static func isMissing(_ text: String) -> Bool {
        // Most words are known not to be such by their first letter.
        if let first = text.utf8.first, UInt8(ascii: "A")...UInt8(ascii: "z") ~= first,
            first | 0x20 != UInt8(ascii: "n")
        {
            return false
        }
        return text.utf8.count <= 8 && missingWords.contains(text)
    }

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

extension String {
    fileprivate var withoutBlanksAround: String {
        let isBlank = { (byte: UInt8) in byte == UInt8(ascii: " ") }
        var content = utf8.drop(while: isBlank)
        while let last = content.last, isBlank(last) { content.removeLast() }
        return String(Substring(content))
    }
}
