import Foundation

/// Why a safetensors file was refused: the file, the reason and the tensor.
public struct SafetensorsError: Error, Equatable, Sendable {
    /// What is wrong.
    public enum Reason: Equatable, Sendable {
        /// The file could not be read at all; the system's words.
        case unreadable(String)
        /// The bytes are those of another format, which the text names.
        case foreign(String)
        /// The file ends before its header does.
        case truncated(bytes: Int)
        /// The header's stated length is above the format's limit.
        case headerTooLong(bytes: UInt64)
        /// The header is not UTF-8 text that begins with a brace.
        case headerNotText
        /// The header is not a JSON object.
        case headerNotJSON
        /// The header has the same key twice in one object.
        case duplicateKey
        /// The header's metadata is not a dictionary from text to text.
        case malformedMetadata
        /// A tensor's entry is not exactly a type, a shape and two offsets.
        case malformedEntry(tensor: String)
        /// Two tensors have one name, or a tensor has the metadata's.
        case duplicateName(String)
        /// The elements are of a type that is not read here.
        case unsupportedType(tensor: String, type: String)
        /// A tensor's bytes lie outside the file, overlap another's or leave a gap.
        case misplaced(tensor: String, begin: Int, end: Int)
        /// A tensor's bytes do not fit its shape.
        case sizeMismatch(tensor: String, shape: [Int], type: String, bytes: Int)
        /// The file goes on after its last tensor.
        case unclaimedBytes(Int)
        /// Integers were asked for where the tensor holds floating-point numbers.
        case notIntegers(tensor: String, type: String)
        /// An integer does not fit 32 bits.
        case integerOutOfRange(tensor: String, index: Int, value: Int64)
    }

    /// What is wrong.
    public let reason: Reason
    /// The path of the file, if it came from one.
    public let file: String?

    init(_ reason: Reason, file: String? = nil) {
        self.reason = reason
        self.file = file
    }
}

extension SafetensorsError: LocalizedError, CustomStringConvertible {
    /// One sentence: what is wrong, in which file and tensor, and what to do.
    public var description: String {
        let file = self.file ?? "The safetensors data"
        return switch reason {
        case .unreadable(let reason):
            "\(file) cannot be read (\(reason)); check the path and its permissions."
        case .foreign(let format):
            "\(file) is \(format), no safetensors file: "
                + "load it where it was made and save its weights as safetensors, as with "
                + "save_file(model.state_dict(), …)."
        case .truncated(let bytes):
            "\(file) ends after \(bytes) bytes, inside its header; copy or download it again."
        case .headerTooLong(let bytes):
            "\(file) has a header of \(bytes) bytes, above the limit of \(Safetensors.maximumHeaderLength); "
                + "is it a safetensors file?"
        case .headerNotText:
            "\(file) has a header that is not UTF-8 text; is it a safetensors file?"
        case .headerNotJSON:
            "\(file) has a header that is not a JSON object; copy or download it again."
        case .duplicateKey:
            "\(file) has a header with the same key twice; write it again with distinct tensor names."
        case .malformedMetadata:
            "\(file) has metadata that is not a dictionary of texts; write it again with text values only."
        case .malformedEntry(let tensor):
            "\(file) describes tensor \(tensor.excerpt) by something else than dtype, shape and data_offsets; "
                + "write it again."
        case .duplicateName(let name):
            "\(file) cannot hold a second \(name.excerpt); give every tensor its own name."
        case .unsupportedType(let tensor, let type):
            "\(file) stores tensor \(tensor.excerpt) as \(type.excerpt), which is not supported; convert it to one of "
                + Safetensors.ElementType.allCases.map(\.rawValue).joined(separator: ", ") + "."
        case .misplaced(let tensor, let begin, let end):
            "\(file) places tensor \(tensor.excerpt) at bytes \(begin) to \(end), outside the file, over another tensor or "
                + "after a gap; copy or download it again."
        case .sizeMismatch(let tensor, let shape, let type, let bytes):
            "\(file) has \(bytes) bytes for tensor \(tensor.excerpt), which do not fit shape \(shape.excerpt) of \(type); "
                + "correct the shape or the data."
        case .unclaimedBytes(let bytes):
            "\(file) goes on for \(bytes) bytes after its last tensor; copy or download it again."
        case .notIntegers(let tensor, let type):
            "\(file) stores tensor \(tensor.excerpt) as \(type) where integers are needed; convert it to I32."
        case .integerOutOfRange(let tensor, let index, let value):
            "\(file) has \(value) at index \(index) of tensor \(tensor.excerpt), beyond 32 bits; "
                + "use values between \(Int32.min) and \(Int32.max)."
        }
    }

    /// The same sentence, for `localizedDescription`.
    public var errorDescription: String? { description }
}
