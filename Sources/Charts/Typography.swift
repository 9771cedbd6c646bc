import Foundation

/// How numbers and formulas are set in characters.
public enum Typography {
    private static let superscripts: [Character: Character] = [
        "0": "⁰", "1": "¹", "2": "²", "3": "³", "4": "⁴", "5": "⁵", "6": "⁶", "7": "⁷", "8": "⁸",
        "9": "⁹", "-": "⁻", "−": "⁻", "+": "⁺", "a": "ᵃ", "b": "ᵇ", "i": "ⁱ", "j": "ʲ", "k": "ᵏ",
        "l": "ˡ", "m": "ᵐ", "n": "ⁿ", "x": "ˣ", "z": "ᶻ", "T": "ᵀ",
    ]
    private static let subscripts: [Character: Character] = [
        "0": "₀", "1": "₁", "2": "₂", "3": "₃", "4": "₄", "5": "₅", "6": "₆", "7": "₇", "8": "₈",
        "9": "₉", "-": "₋", "+": "₊", "n": "ₙ", "i": "ᵢ", "j": "ⱼ", "k": "ₖ", "x": "ₓ", "m": "ₘ",
        "a": "ₐ", "l": "ₗ",
    ]

    /// The text as small raised characters, or after a ^ where there are none.
    public static func superscript(_ text: String) -> String { mapped(text, superscripts, "^") }

    /// The text as small lowered characters, or after a _ where there are none.
    public static func `subscript`(_ text: String) -> String { mapped(text, subscripts, "_") }

    /// The text with a real minus sign in place of a hyphen in front of it.
    public static func minus(_ text: String) -> String {
        text.hasPrefix("-") ? "−" + text.dropFirst() : text
    }

    private static func mapped(
        _ text: String, _ table: [Character: Character], _ mark: String
    ) -> String {
        let characters = text.compactMap { table[$0] }
        guard characters.count == text.count else {
            return text.count == 1 ? mark + text : "\(mark)(\(text))"
        }
        return String(characters)
    }
}

extension Typography {
    /// A number with three significant digits, as people write it: 0.123, 45.6, 7.89·10⁻⁶.
    ///
    /// Whole numbers that are not large keep all of their digits.
    public static func number(_ value: Double) -> String {
        if abs(value) < 1e6, value == value.rounded() { return minus(String(Int(value))) }
        guard value.isFinite else { return value.isNaN ? "NaN" : value < 0 ? "−∞" : "∞" }
        let exponent = Int(log10(abs(value)).rounded(.down))
        if (-3...5).contains(exponent) {
            return minus(String(format: "%.\(max(0, 2 - exponent))f", value))
        }
        let digits = String(format: "%.2f", value / pow(10, Double(exponent)))
        return minus(digits) + "·10" + superscript(String(exponent))
    }

    /// A duration in seconds in the unit that suits it.
    public static func duration(_ seconds: Double) -> String {
        switch seconds {
        case ..<1e-6: String(format: "%.0f ns", seconds * 1e9)
        case ..<1e-3: String(format: "%.1f µs", seconds * 1e6)
        case ..<1: String(format: "%.1f ms", seconds * 1e3)
        case ..<120: String(format: "%.1f s", seconds)
        case ..<7200: String(format: "%.0f min", seconds / 60)
        case ..<172_800: String(format: "%.1f h", seconds / 3600)
        default: String(format: "%.1f days", seconds / 86400)
        }
    }
}
