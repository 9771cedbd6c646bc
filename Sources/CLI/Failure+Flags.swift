import NNGPU

// MARK: - The library's sentences with the tool's flags

extension Failure {
    /// What an error says, and the flags that do what it advises: the library knows none.
    static func sentence(of error: any Error) -> String {
        let (sentence, flags) = ("\(error)", flags(for: error))
        guard !flags.isEmpty else { return sentence }
        let end = sentence.last == "." ? "." : ""
        return "\(sentence.dropLast(end.count)) (\(flags.joined(separator: ", ")))\(end)"
    }

    private static func flags(for error: any Error) -> [String] {
        switch error {
        case let error as DataError: flags(for: error)
        case CheckpointError.occupied: ["--resume"]
        default: []
        }
    }

    private static func flags(for error: DataError) -> [String] {
        switch error {
        case .unclearTarget, .tooManyWords: ["--target", "--ignore"]
        case .mixedTarget, .targetNotNumber: ["--target"]
        case .unclearKind: ["--loss"]
        case .noValues: ["--ignore"]
        case .csv(_, _, _, .notANumber(let field))
        where Float(field.replacing(",", with: ".")) == nil:
            ["--ignore"]
        case .csv(_, _, _, .missing): ["--missing drop", "--missing mean"]
        case .csv(_, _, _, .unclearHeader): ["--header yes", "--header no"]
        case .csv(_, _, _, .noFeatures): ["--delimiter"]
        case .imageSizes, .imageSize: ["--image-size 32 or 32x48, height x width"]
        case .images(let first, _, _): flags(for: first)
        default: []
        }
    }
}
