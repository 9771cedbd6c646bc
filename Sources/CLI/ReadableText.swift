/// The bytes of a text as they come, made fit for a terminal: characters whole, and what is none or would control the
/// terminal as U+FFFD.
struct ReadableText {
    private var waiting: [UInt8] = []

    /// Takes some bytes and returns the UTF-8 of the characters that are whole.
    mutating func take(_ bytes: [UInt8]) -> [UInt8] {
        waiting += bytes
        // The last bytes may be the beginning of a character that goes on.
        let whole = waiting.count - Self.unfinished(waiting)
        defer { waiting.removeFirst(whole) }
        return Self.readable(waiting[..<whole])
    }

    /// What is left, once nothing more comes.
    mutating func finish() -> [UInt8] {
        defer { waiting = [] }
        return Self.readable(waiting[...])
    }

    /// How many of the last bytes begin a character without ending it.
    private static func unfinished(_ bytes: [UInt8]) -> Int {
        for (behind, byte) in bytes.suffix(3).reversed().enumerated() {
            let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
            // A byte inside of a character says nothing of its length.
            if byte & 0xC0 == 0x80 { continue }
            return length > behind + 1 ? behind + 1 : 0
        }
        return 0
    }

    private static func readable(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var text = String.UnicodeScalarView()
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
            let isPlain =
                scalar == "\n" || scalar == "\t"
                || scalar.properties.generalCategory != .control
            text.append(isPlain ? scalar : "\u{FFFD}")
        }
        return Array(String(text).utf8)
    }
}
