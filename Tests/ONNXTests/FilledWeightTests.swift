import NNTraining
import Testing

@testable import ONNX

@Suite struct FilledWeightTests {
    /// A few bytes of a file ask for a weight of any length: so many in all are enough for the norms of a large network.
    @Test func weightsThatAreFilledInAreCounted() throws {
        let fills = (0..<4).map { place in
            node(
                "ConstantOfShape", ["count"], "w\(place)",
                [.with { ($0.name, $0.t) = ("value", tensor("", [1], [1])) }])
        }
        let error = #expect(throws: ONNXError.self) {
            try ONNXFile.decode(
                foreign(
                    fills + [node("Add", ["x", "w3"], "y")], [integers("count", [20_000])],
                    sample: [20_000]
                ).serializedBytes(), loss: .meanSquaredError)
        }
        #expect(error?.description.contains("fills in more than 65536 weights") == true)
    }
}
