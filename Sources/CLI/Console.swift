import Charts
import Foundation
import NNGPU

/// Where things are printed: results on stdout, progress and diagnostics on stderr.
enum Console {
    /// Whether stderr is a terminal that can redraw a line.
    static let isTerminal = isatty(STDERR_FILENO) == 1 && !["", "dumb"].contains(terminalType)

    /// What the terminal says that it can do; empty if nobody says it.
    static let terminalType = getenv("TERM").map { String(cString: $0) } ?? ""

    /// Prints a result.
    ///
    /// - Throws: ``OutputFileError`` if it cannot be written.
    static func print(_ text: String) throws(OutputFileError) {
        try StandardStream.writeResult((text + "\n").utf8)
    }

    /// Prints a line of progress or diagnosis, if that is possible.
    static func diagnose(_ text: String) {
        StandardStream.writeProgress(text + "\n", patience: 1000)
    }

    /// Names the drivers and devices that do not answer and are therefore not in the list.
    static func diagnoseDrivers() {
        for problem in Discovery.shared.problems {
            diagnose("left out: \(problem)")
        }
    }

    /// Replaces the last line of a terminal, cut off where the terminal is too narrow for it.
    static func redraw(_ text: String) {
        StandardStream.writeProgress("\r\u{1B}[K\u{1B}[?7l\(text)\u{1B}[?7h", patience: 0)
    }

    /// Prints a value as JSON with sorted keys.
    static func printJSON(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        // A rate of a step too short to measure, or an accuracy of no samples, has no number.
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        try print(String(decoding: encoder.encode(value), as: UTF8.self))
    }

    /// Lines of a table whose columns are as wide as their widest cell.
    ///
    /// Cells that start with a digit, a sign or a dot are aligned to the right.
    static func table(_ rows: [[String]]) -> String {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            rows.map { $0.indices.contains(column) ? $0[column].count : 0 }.max() ?? 0
        }
        let numeric = (0..<columns).map { column in
            rows.dropFirst().allSatisfy { row in
                guard row.indices.contains(column), let first = row[column].first else {
                    return true
                }
                return first.isNumber || "-+.—".contains(first)
            }
        }
        return rows.map { row in
            row.indices.map { column in
                let padding = String(repeating: " ", count: widths[column] - row[column].count)
                return numeric[column] ? padding + row[column] : row[column] + padding
            }.joined(separator: "  ").trimmingTrailingSpaces
        }.joined(separator: "\n")
    }
}

extension String {
    fileprivate var trimmingTrailingSpaces: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}

extension Double {
    /// The number with a fixed count of decimals.
    func formatted(decimals: Int) -> String {
        // As JSON has them; C would print the sign of a NaN.
        guard isFinite else { return isNaN ? "NaN" : self < 0 ? "-Infinity" : "Infinity" }
        return String(format: "%.\(decimals)f", self)
    }

    /// The number in scientific notation with two digits, for errors and bounds.
    var scientific: String { self == 0 ? "0" : String(format: "%.1e", self) }

    /// A duration in seconds in the unit that suits it.
    var duration: String { Typography.duration(self) }
}

extension Int {
    /// The number with thousands separated.
    var grouped: String {
        var digits = String(self)
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        return ([digits] + groups).joined(separator: ",")
    }
}
