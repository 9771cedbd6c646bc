import Foundation
import NNGPU
import Testing

/// What apps show of an error is its own sentence.
@Suite struct LocalizedErrorTests {
    @Test(
        arguments: [
            GraphError.duplicateName("x"), GraphError.unknownName("x", known: ["y"]),
            OpenCLError.noDriver, OpenCLError.noDevice(["r"]), TuningFileError.noPlace,
            TunerError.unusableWorker(device: "d", reason: "r"), ModelError.noParameters,
            GradientCheckError.nothingToDifferentiate,
        ] as [any Error])
    func localizedDescriptionsAreSentences(error: any Error) {
        #expect(error.localizedDescription == "\(error)")
    }
}
