import Foundation
import NNFiles
import Yams

/// A file of YAML, of which JSON is a part, whose mistakes are told with their line.
package struct YAMLFile {
    package let path: String
    /// What people call such a file, such as `run file`.
    private let kind: String
    /// What such a file looks like, as an advice that ends a sentence.
    private let form: String
    /// The longest file that is read, in bytes.
    private let longest: Int
    /// Every alias may multiply what the file says, so there may only be a few.
    private let mostAliases: Int

    package init(
        path: String, kind: String, form: String, longest: Int = 65_536, mostAliases: Int = 16
    ) {
        self.path = path
        self.kind = kind
        self.form = form
        self.longest = longest
        self.mostAliases = mostAliases
    }

    /// What the file says; nil if that is nothing.
    ///
    /// - Throws: ``YAMLFileError``.
    package func root() throws -> Node? { try root(of: bytes()) }

    /// The file's content, which may be no YAML.
    ///
    /// - Throws: ``YAMLFileError``.
    package func bytes() throws -> [UInt8] {
        do {
            return try InputFile.read(path, limit: longest)
        } catch {
            throw YAMLFileError(description: "The \(kind) \(error)")
        }
    }

    /// What bytes say that were read from the file.
    ///
    /// - Throws: ``YAMLFileError``.
    package func root(of bytes: [UInt8]) throws -> Node? {
        // Windows' editors put a byte order mark in front, which libyaml takes for a document of its own.
        let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let content = bytes.starts(with: byteOrderMark) ? bytes.dropFirst(3) : bytes[...]
        guard let text = String(validating: content, as: UTF8.self) else {
            throw error(nil, "it is not text: give YAML or JSON in UTF-8.")
        }
        let aliases = zip(bytes, bytes.dropFirst()).count {
            $0 == UInt8(ascii: "*") && !" \t\r\n*".utf8.contains($1)
        }
        guard aliases <= mostAliases else {
            throw error(nil, "it has more than \(mostAliases) aliases (*name): write them out.")
        }
        do {
            return try compose(yaml: text)
        } catch let yaml as YamlError {
            throw error(yaml.line, yaml.sentence(form: form))
        }
    }

    /// A mistake in the file: where it is, and what to do.
    package func error(_ line: Int?, _ problem: String) -> YAMLFileError {
        YAMLFileError(
            description: "\(path.printable)\(line.map { ", line \($0)" } ?? ""): \(problem)")
    }
}

/// What is wrong with a file of YAML, and where.
package struct YAMLFileError: LocalizedError, CustomStringConvertible {
    package let description: String

    /// The same sentence, for `localizedDescription`.
    package var errorDescription: String? { description }
}

extension Node {
    /// What the node says, kept to a line.
    package var quoted: String {
        scalar?.string.excerpt ?? (sequence == nil ? "a mapping" : "a nested list")
    }

    /// `true` and `false` without quotes, also as Python writes them: what no text is meant by.
    package var isTrueOrFalse: Bool? {
        guard let word = plainWord else { return nil }
        return ["true": true, "false": false][word]
    }

    /// The same with the other words that YAML 1.1 has for them, where nothing but a truth is expected.
    package var truth: Bool? {
        guard let word = plainWord else { return nil }
        return isTrueOrFalse ?? ["yes": true, "on": true, "no": false, "off": false][word]
    }

    /// The word without quotes, in small letters if it is written as YAML lets its own be: `true`, `True`, `TRUE`.
    private var plainWord: String? {
        guard let scalar, scalar.style == .plain else { return nil }
        let (word, small) = (scalar.string, scalar.string.lowercased())
        return [small, small.capitalized, small.uppercased()].contains(word) ? small : nil
    }
}

extension YamlError {
    /// The line at which reading ended, from 1.
    fileprivate var line: Int? {
        switch self {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _):
            mark.line
        case .duplicatedKeysInMapping(_, let context): context.mark.line
        default: nil
        }
    }

    /// What libyaml tells programmers at the end of a sentence.
    private static let advice = ", set with yaml_set_max_nest_level())"

    fileprivate func sentence(form: String) -> String {
        switch self {
        case .duplicatedKeysInMapping(let keys, _):
            "\(keys.sorted().first?.debugDescription ?? "") is given twice: keep one of them."
        case .scanner(_, let problem, _, _), .parser(_, let problem, _, _),
            .composer(_, let problem, _, _), .reader(let problem, _, _, _):
            "this is not YAML (\(problem.replacing(Self.advice, with: ""))): \(form)"
        default: "it cannot be read as YAML: \(form)"
        }
    }
}
