import NNModel
import NNTraining
import Testing

@Suite struct PrintableErrorTests {
    /// Names in a file are anybody's: they must not reach the terminal as they are.
    @Test func errorsOfModelsAndCheckpointsAreSafeToPrint() {
        let name = "\u{1B}]0;owned\u{7}" + String(repeating: "long", count: 10_000)
        let errors: [any Error] = [
            ModelError.unexpectedParameter(
                name, known: [String](repeating: "0.weight", count: 10_000)),
            ModelError.unknownLayer(type: name, known: ["linear"]),
            ModelError.malformedDescription(name),
            CheckpointError.setting(name: name, then: name, now: name),
        ]
        for error in errors {
            let sentence = "\(error)"
            #expect(!sentence.contains("\u{1B}") && sentence.count < 1000, "\(error)")
        }
    }
}
