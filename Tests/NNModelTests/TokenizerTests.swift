import Foundation
import NNFiles
import NNModel
import Testing

/// Texts as tokens and back.
@Suite struct TokenizerTests {
    private func tokens(_ tokenizer: Tokenizer, _ text: String) throws -> [Int32] {
        let tokens = try tokenizer.tokens(of: Array(text.utf8), named: "text")
        return try tokens.tokens(at: 0..<tokens.count)
    }

    @Test func bytesAreTokens() throws {
        #expect(try tokens(.bytes, "aé\n") == [97, 0xC3, 0xA9, 10])
        #expect(Tokenizer.bytes.count == 256)
        #expect((0..<256).allSatisfy { Tokenizer.bytes.text(of: $0) == [UInt8($0)] })
        #expect(Tokenizer.bytes.text(of: 256) == nil && Tokenizer.bytes.text(of: -1) == nil)
    }

    /// As Python's `sorted(set(text))` has them.
    @Test func charactersAreSorted() throws {
        let text = "héllo\n€ 🙂l"
        let tokenizer = try Tokenizer.characters(of: Array(text.utf8), named: "text")
        #expect(tokenizer == .characters(["\n", " ", "h", "l", "o", "é", "€", "🙂"]))
        let found = try tokens(tokenizer, text)
        #expect(found == [2, 5, 3, 3, 4, 0, 6, 1, 7, 3])
        #expect(
            String(decoding: found.flatMap { tokenizer.text(of: Int($0)) ?? [] }, as: UTF8.self)
                == text)
        #expect(tokenizer.text(of: 8) == nil)
    }

    @Test func whatHasNoTokenIsSaid() throws {
        let tokenizer = try Tokenizer.characters(of: Array("é b".utf8), named: "text")
        let unknown = #expect(throws: DataError.self) { try tokens(tokenizer, "éé b!") }
        #expect("\(try #require(unknown))".contains("byte 6"))
        let broken = #expect(throws: DataError.self) {
            try Tokenizer.characters(of: [0x61, 0xC3, 0x28], named: "text")
        }
        #expect("\(try #require(broken))".contains("byte 1"))
        #expect(throws: DataError.self) { try tokens(.numbers(count: 5), "a") }
    }

    @Test func descriptionsAreReadBack() throws {
        func coded(_ text: String) throws -> Tokenizer {
            try JSONDecoder().decode(Tokenizer.self, from: Data(text.utf8))
        }
        for tokenizer in [
            Tokenizer.bytes, .characters(["\0", "\"", "a", "e", "\u{301}", "🙂"]),
            .numbers(count: 50_257),
        ] {
            let json = String(decoding: try JSONEncoder().encode(tokenizer), as: UTF8.self)
            #expect(try coded(json) == tokenizer)
        }
        for wrong in [
            #"{"kind": "words"}"#, #"{"kind": "characters", "characters": ""}"#,
            #"{"kind": "characters", "characters": "ba"}"#,
            #"{"kind": "characters", "characters": "aab"}"#, #"{"kind": "numbers", "count": 0}"#,
            #"{"kind": "numbers"}"#,
        ] {
            #expect(throws: DecodingError.self) { try coded(wrong) }
        }
    }
}
