import NNGraph
import NNModel
import NNReference
import TestSupport
import Testing

/// Layers over space on the reference, against PyTorch's numbers.
@Suite struct SpaceLayerTests {
    @Test(arguments: SpaceTable.all)
    func agreesWithPyTorch(table: SpaceTable) throws {
        let deviation = try table.deviation(on: ReferenceBackend<Double>())
        #expect(deviation == nil)
    }

    @Test func whatDoesNotFitIsSaid() throws {
        func shape(_ layer: some Layer, _ input: Shape) throws -> Shape {
            try ParameterLayout(
                of: Sequential([layer, Flatten(), Linear(1, 1)]), inputShape: input
            ).outputShape
        }
        #expect(
            throws: ModelError.channelCount(
                layer: "0", expected: 3, axes: 2, found: [1, 1, 28, 28])
        ) {
            try shape(Conv2d(3, 8, kernel: 3), [1, 28, 28])
        }
        #expect(
            throws: ModelError.channelCount(layer: "0", expected: 1, axes: 2, found: [1, 784])
        ) {
            try shape(Conv2d(1, 8, kernel: 3), [784])
        }
        #expect(throws: ModelError.self) {
            try shape(Conv2d(1, 8, kernel: 3, stride: 2, padding: .same), [1, 28, 28])
        }
        #expect(throws: ModelError.self) {
            try shape(Conv2d(3, 8, kernel: 3, groups: 2), [3, 9, 9])
        }
        #expect(throws: ModelError.self) { try shape(Conv2d(1, 8, kernel: [3, 3, 3]), [1, 9, 9]) }
        #expect(throws: ModelError.self) { try shape(Conv2d(1, 8, kernel: 0), [1, 9, 9]) }
        #expect(throws: GraphError.self) { try shape(Conv2d(1, 8, kernel: 10), [1, 9, 9]) }
        #expect(throws: GraphError.self) {
            try shape(Conv2d(1, 8, kernel: 3, padding: 9, paddingMode: .reflect), [1, 9, 9])
        }
        #expect(throws: ModelError.self) { try shape(MaxPool2d(2, padding: 2), [1, 9, 9]) }
        #expect(throws: ModelError.self) { try shape(BatchNorm(2), [1, 9, 9]) }
    }

    @Test func namesAndFirstValuesArePyTorchs() throws {
        let model = Sequential {
            Conv2d(3, 8, kernel: [3, 5])
            BatchNorm(8)
            AdaptiveAvgPool2d()
        }
        let layout = try ParameterLayout(of: model, inputShape: [3, 9, 9])
        #expect(
            layout.allEntries.map(\.name) == [
                "0.weight", "0.bias", "1.running_mean", "1.running_var", "1.num_batches_tracked",
                "1.weight", "1.bias",
            ])
        #expect(layout.allEntries[0].shape == [8, 3, 3, 5])
        #expect(layout.allEntries[0].fan == Fan(input: 45, output: 120))
    }
}
