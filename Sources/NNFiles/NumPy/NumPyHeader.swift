/// What stands before the elements of a `.npy` file.
///
///     signature | version | length, 16 bits in version 1, else 32 | a Python dictionary as text
package struct NumPyHeader {
    package static let signature: [UInt8] = [0x93] + Array("NUMPY".utf8)

    /// The bytes that a header may have; those of NumPy have some hundred.
    package static let limit = 1 << 16

    package let shape: [Int]
    package let type: ArrayElement
    package let isBigEndian: Bool
    /// Whether the first index varies fastest, and more than one index varies.
    package let isColumnMajor: Bool
    /// The number of bytes before the first element.
    package let size: Int

    package init(_ bytes: [UInt8], file: String) throws(DataError) {
        let version = Self.signature.count
        guard bytes.starts(with: Self.signature), bytes.count > version + 2 else {
            throw .unexpected(
                bytes, file: file, expected: "the NumPy signature \\x93NUMPY", of: .numPy)
        }
        guard (1...3).contains(bytes[version]) else {
            throw .malformedHeader(
                file: file, position: version, expected: "a format version from 1 to 3")
        }
        let lengthStart = version + 2
        let textStart = lengthStart + (bytes[version] == 1 ? 2 : 4)
        guard bytes.count >= textStart else {
            throw .byteCount(
                file: file, expected: textStart - lengthStart, found: bytes.count - lengthStart)
        }
        let length = bytes[lengthStart..<textStart].reversed().reduce(0) { $0 << 8 | Int($1) }
        size = textStart + length
        guard size <= Self.limit else {
            throw .malformedHeader(
                file: file, position: lengthStart, expected: "a length of at most \(Self.limit)")
        }
        guard bytes.count >= size else {
            throw .byteCount(file: file, expected: length, found: bytes.count - textStart)
        }

        // The three keys may come in any order, so each is looked for by itself.
        let text = String(decoding: bytes[textStart..<size], as: UTF8.self)
        func value(of key: String, _ pattern: Regex<(Substring, Substring)>) throws(DataError)
            -> Substring
        {
            guard let match = try? pattern.firstMatch(in: text) else {
                throw .malformedHeader(
                    file: file, position: textStart, expected: "a plain '\(key)'")
            }
            return match.1
        }
        // Some write the keys with other quotation marks, and Python 2 wrote long integers with an L.
        let descriptor = try value(of: "descr", /['"]descr['"] *: *['"]([^'"]*)['"]/)
        let order = try value(of: "fortran_order", /['"]fortran_order['"] *: *(True|False)/)
        let sizes = try value(of: "shape", /['"]shape['"] *: *\(([0-9L, ]*)\)/)

        guard let type = ArrayElement(rawValue: String(descriptor.dropFirst())),
            let byteOrder = descriptor.first, "<>|".contains(byteOrder)
        else {
            throw .unsupportedElements(
                file: file, found: "'\(String(descriptor).printable)'",
                accepted: "a float of 2 to 8 bytes, an integer or bool")
        }
        self.type = type
        isBigEndian = byteOrder == ">"
        let digits = sizes.filter { $0 != " " && $0 != "L" }.split(separator: ",")
        shape = digits.compactMap { Int($0) }
        isColumnMajor = order == "True" && shape.count { $0 != 1 } > 1
        guard shape.count == digits.count else {
            throw .malformedHeader(
                file: file, position: textStart, expected: "sizes that fit 63 bits")
        }
    }
}
