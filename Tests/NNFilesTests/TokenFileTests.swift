import Foundation
import NNFiles
import TestSupport
import Testing

/// Tokens in files, as llm.c and nanoGPT write them.
@Suite struct TokenFileTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func words(_ numbers: [UInt32], bytes count: Int) -> [UInt8] {
        numbers.flatMap { number in
            (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
        }
    }

    private func llmc(
        _ tokens: [UInt32], signature: UInt32 = 20_240_520, version: UInt32 = 1,
        count: Int? = nil
    ) -> [UInt8] {
        let header = [signature, version, UInt32(count ?? tokens.count)]
        return words(header + [UInt32](repeating: 0, count: 253), bytes: 4)
            + words(tokens, bytes: 2)
    }

    private func open(_ bytes: [UInt8]) throws -> TokenFile {
        try TokenFile(contentsOf: folder.write(bytes, as: "tokens.bin"))
    }

    @Test func bareNumbersAreRead() throws {
        let file = try open(words([1, 50_256, 0, 65_535, 7], bytes: 2))
        let tokens = TokenArray(file)
        #expect(tokens.count == 5 && file.vocabularySize == nil)
        #expect(try tokens.tokens(at: 0..<5) == [1, 50_256, 0, 65_535, 7])
        #expect(try tokens.tokens(at: 2..<4) == [0, 65_535])
        #expect(try tokens.tokens(at: 3..<3) == [])
        #expect(try tokens.largest() == 65_535)
    }

    @Test func theHeaderOfLlmcIsSkipped() throws {
        let file = try open(llmc([5, 6, 50_256]))
        #expect(file.count == 3 && file.vocabularySize == 50_257)
        #expect(try TokenArray(file).tokens(at: 1..<3) == [6, 50_256])
    }

    @Test func damagedFilesAreRefused() throws {
        #expect(try open([]).count == 0)
        for bytes in [
            [1, 2, 3], llmc([1, 2, 3], version: 2), llmc([1, 2, 3], count: 4),
            llmc([1, 2, 3], count: 2), llmc([1, 2], signature: 20_240_801),
            llmc([1, 2], count: Int(UInt32.max)),
        ] {
            #expect(throws: DataError.self) { try open(bytes) }
        }
        #expect(throws: DataError.self) { try TokenFile(contentsOf: "\(folder.path)/none.bin") }
        #expect(throws: DataError.self) { try TokenFile(contentsOf: folder.path) }
    }

    /// A file that became shorter is an error and ends nothing.
    @Test func aFileThatShrinksIsSaid() throws {
        let path = try folder.write(words([1, 2, 3, 4], bytes: 2), as: "tokens.bin")
        let tokens = TokenArray(try TokenFile(contentsOf: path))
        #expect(truncate(path, 4) == 0)
        #expect(try tokens.tokens(at: 0..<2) == [1, 2])
        #expect(throws: DataError.self) { try tokens.tokens(at: 0..<4) }
    }

    @Test func tokensInMemoryAreTheSame() throws {
        let (bytes, words) = (
            TokenArray([1, 2, 255] as [UInt8]), TokenArray([9, 65_535] as [UInt16])
        )
        #expect(try bytes.tokens(at: 1..<3) == [2, 255] && bytes.largest() == 255)
        #expect(try words.tokens(at: 0..<2) == [9, 65_535] && words.largest() == 65_535)
        #expect(try TokenArray([] as [UInt8]).largest() == nil)
    }
}
