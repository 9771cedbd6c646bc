extension CSV {
    /// Reads the next row in one go, as almost all can be read: plain numbers, and words without quotation marks or
    /// blanks around them.
    ///
    /// - Returns: Where the row after it begins; nil if the row is not of that kind, has something wrong or is not
    ///   whole in `bytes`, which says nothing about it.
    func plainRow(_ roles: [Role], _ row: inout Row) -> Int? {
        guard TableDialect.delimiters.contains(delimiter) else { return nil }
        return bytes.withUnsafeBufferPointer { bytes in
            var place = position
            for (column, role) in roles.enumerated() {
                let field = UnsafeBufferPointer(rebasing: bytes[place...])
                switch role {
                case .number:
                    let blanks = field.prefix(while: isBlank).count
                    let text = UnsafeBufferPointer(rebasing: field[blanks...])
                    guard let number = Float.decimal(beginning: text) else { return nil }
                    row.numbers.append(number.value)
                    place += blanks + number.length
                    while place < bytes.count, isBlank(bytes[place]) { place += 1 }
                case .text, .ignored:
                    let content = field.prefix { $0 != delimiter && !isLineEnd($0) }
                    if let first = content.first, let last = content.last {
                        guard first != UInt8(ascii: "\""), !isBlank(first), !isBlank(last) else {
                            return nil
                        }
                    }
                    if role == .text {
                        let text = String(decoding: content, as: UTF8.self)
                        guard FieldKind.of(text).kind != .missing, FieldKind.isText(text) else {
                            return nil
                        }
                        row.texts.append(text)
                    }
                    place += content.count
                }
                guard place < bytes.count else { return nil }
                if column + 1 < roles.count {
                    guard bytes[place] == delimiter else { return nil }
                    place += 1
                }
            }
            switch bytes[place] {
            case UInt8(ascii: "\n"): return place + 1
            case UInt8(ascii: "\r") where place + 1 < bytes.count:
                return place + (bytes[place + 1] == UInt8(ascii: "\n") ? 2 : 1)
            default: return nil
            }
        }
    }
}
