extension Invocation {
    /// What follows the tool's name, each number below zero in one word with its option.
    ///
    /// ArgumentParser takes `-1` for an option and says that `--clip-norm -1` has no value; with
    /// `--clip-norm=-1` the option itself can say what is wrong with it.
    static let words = joiningNegativeNumbers(arguments)

    static func joiningNegativeNumbers(_ arguments: some Sequence<String>) -> [String] {
        arguments.reduce(into: []) { words, word in
            guard let option = words.last, option.hasPrefix("--"), option.count > 2,
                !option.contains("="), word.isNegativeNumber
            else { return words.append(word) }
            words[words.count - 1] = "\(option)=\(word)"
        }
    }
}

extension String {
    /// Whether it begins like a number below zero, which no option does.
    fileprivate var isNegativeNumber: Bool {
        guard hasPrefix("-"), let second = dropFirst().first else { return false }
        return second.isNumber || second == "." || Double(self) != nil
    }
}
