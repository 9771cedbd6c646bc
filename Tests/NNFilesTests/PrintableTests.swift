import Testing

@testable import NNFiles

@Suite struct PrintableTests {
    @Test func whatATerminalObeysIsEscaped() {
        #expect(
            "a\u{1B}[2Jb\n\u{9B}c\u{202E}d\u{2028}".printable
                == #"a\u{1b}[2Jb\u{a}\u{9b}c\u{202e}d\u{2028}"#)
        #expect(#"say "hi" \"#.excerpt == #""say \"hi\" \\""#)
        #expect("größer 猫".printable == "größer 猫")
    }

    @Test func lengthIsBounded() {
        #expect(
            String(repeating: "x", count: 81).printable == String(repeating: "x", count: 80) + "…")
        // One character of a million scalars.
        let tower = "e" + String(repeating: "\u{301}", count: 1_000_000)
        #expect(tower.printable.unicodeScalars.count == 81)
        #expect([2, 3].excerpt == "[2, 3]" && ([] as [Int]).excerpt == "[]")
        #expect([Int](repeating: 1, count: 100).excerpt == "[1, 1, 1, 1, 1, 1, 1, 1, … 100 sizes]")
    }

    /// Names in a file are anybody's: they must not reach the terminal as they are.
    @Test func errorsOfFilesAreSafeToPrint() {
        let name = "\u{1B}]0;owned\u{7}" + String(repeating: "long", count: 10_000)
        let shape = [Int](repeating: 7, count: 10_000)
        let errors: [any Error] = [
            SafetensorsError(.malformedEntry(tensor: name)),
            SafetensorsError(.unsupportedType(tensor: name, type: name)),
            SafetensorsError(.sizeMismatch(tensor: name, shape: shape, type: "F32", bytes: 4)),
            DataError.countOverflow(file: "x.npy", shape: shape),
        ]
        for error in errors {
            let sentence = "\(error)"
            #expect(!sentence.contains("\u{1B}") && sentence.count < 1000, "\(error)")
        }
    }
}
