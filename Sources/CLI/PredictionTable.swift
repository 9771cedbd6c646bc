import ArgumentParser
import Foundation
import NNGPU

/// How predictions are written down.
enum PredictionFormat: String, CaseIterable, ExpressibleByArgument {
    case csv, jsonl, npy

    /// The format that the ending of a file's name stands for.
    init?(fileName: String) {
        self.init(rawValue: URL(fileURLWithPath: fileName).pathExtension.lowercased())
    }
}

/// The rows of a file of predictions.
///
/// CSV: `file,class,name,output_0,…` with a line of these names in front, where files are named if each
/// holds one sample, and classes if the model knows their names. JSON lines: objects with the keys
/// `file`, `class`, `name` and `outputs`, of which the same are left out. Probabilities are called so.
struct PredictionTable {
    let format: PredictionFormat
    let meaning: OutputMeaning
    let classNames: [String]?
    let areFiles: Bool
    let showsProbabilities: Bool

    /// What stands in front of the rows, as far as it is known before they are.
    func header(width: Int) -> [UInt8] {
        switch format {
        case .csv: Array(csvHeader(width: width).utf8)
        case .jsonl: []
        case .npy: NumPyArray.header(for: [0, width])
        }
    }

    /// What has to replace the header of that many rows, if something has to.
    func finalHeader(count: Int, width: Int) -> [UInt8] {
        format == .npy ? NumPyArray.header(for: [count, width]) : []
    }

    /// The rows of samples from these files.
    func rows(_ outputs: [Float], width: Int, files: [String]) -> [UInt8] {
        var bytes: [UInt8] = []
        for (index, file) in files.enumerated() {
            let row = outputs[index * width..<(index + 1) * width]
            let numbers = (showsProbabilities ? meaning.probabilities(row) : nil) ?? Array(row)
            let label = meaning.predictedClass(row)
            switch format {
            case .csv: bytes += csv(file, label, numbers).utf8
            case .jsonl: bytes += json(file, label, numbers).utf8
            case .npy:
                for number in numbers {
                    withUnsafeBytes(of: number.bitPattern.littleEndian) { bytes += $0 }
                }
            }
        }
        return bytes
    }

    private func name(of label: Int) -> String? {
        classNames.map { $0.indices.contains(label) ? $0[label] : "" }
    }

    // MARK: - CSV

    private func csvHeader(width: Int) -> String {
        let classes = meaning != .numbers ? ["class"] + (classNames == nil ? [] : ["name"]) : []
        // The only logit, and so the only probability, is that of class 1.
        let first = showsProbabilities && meaning == .decisions ? 1 : 0
        let numbers = (0..<width).map {
            showsProbabilities ? "probability_\(first + $0)" : "output_\($0)"
        }
        return ((areFiles ? ["file"] : []) + classes + numbers).joined(separator: ",") + "\n"
    }

    private func csv(_ file: String, _ label: Int?, _ numbers: [Float]) -> String {
        var fields: [String] = areFiles ? [Self.csvField(file)] : []
        if let label {
            fields.append(String(label))
            if let name = name(of: label) { fields.append(Self.csvField(name)) }
        }
        fields += numbers.map { String($0) }
        return fields.joined(separator: ",") + "\n"
    }

    private static func csvField(_ text: String) -> String {
        guard text.utf8.contains(where: { "\",\r\n".utf8.contains($0) }) else { return text }
        return "\"\(text.replacing("\"", with: "\"\""))\""
    }

    // MARK: - JSON

    private func json(_ file: String, _ label: Int?, _ numbers: [Float]) -> String {
        var fields: [String] = areFiles ? ["\"file\":\(Self.jsonText(file))"] : []
        if let label {
            fields.append("\"class\":\(label)")
            if let name = name(of: label) { fields.append("\"name\":\(Self.jsonText(name))") }
        }
        let key = showsProbabilities ? "probabilities" : "outputs"
        let values = numbers.map { $0.isFinite ? String($0) : Self.jsonText(Self.word(for: $0)) }
        fields.append("\"\(key)\":[\(values.joined(separator: ","))]")
        return "{\(fields.joined(separator: ","))}\n"
    }

    /// What stands for a number that JSON has not, as in all that the tool prints as JSON.
    private static func word(for number: Float) -> String {
        number.isNaN ? "NaN" : number > 0 ? "Infinity" : "-Infinity"
    }

    private static func jsonText(_ text: String) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        // Text is always valid Unicode, so there is nothing that could fail.
        return (try? encoder.encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
    }
}
