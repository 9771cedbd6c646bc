import NNFiles
import NNGraph
import NNModel
import NNReference
import Testing

@testable import NNTraining

@Suite struct LayerResultTests {
    private let model = Sequential {
        Conv2d(1, 2, kernel: 2)
        ReLU()
        Residual {
            Conv2d(2, 2, kernel: 3, padding: .same)
            BatchNorm(2)
        }
        Flatten()
        Linear(8, 3)
    }

    @Test func layersInsideGiveWhatAModelThatEndsWithThemGives() throws {
        let backend = ReferenceBackend<Double>()
        let network = Network(model, inputShape: [1, 3, 3])
        let store = try ParameterStore(of: network, seed: 5, on: backend)
        let features = (0..<27).map { Float($0 * 5 % 9) - 4 }
        let predictor = try Predictor(network, store) { ["ReLU", "Residual"].contains($0.layer) }
        #expect(predictor.outputs.map(\.name) == ["1", "2"])
        #expect(predictor.outputs.map(\.shape) == [[2, 2, 2], [2, 2, 2]])
        let results = try predictor.predict([Network.inputName: .floats(features)])
        for (layers, name) in [(2, "1"), (3, "2")] {
            let part = Network(
                Sequential(Array(model.layers.prefix(layers))), inputShape: [1, 3, 3])
            let own = try ParameterStore(of: part, on: backend)
            let names = own.layout.allEntries.map(\.name)
            try own.load(
                Safetensors(store.tensors().filter { names.contains($0.name) }, metadata: [:]))
            #expect(try results[name] == Predictor(part, own).predict(features))
        }
        // The whole model is what it was.
        #expect(try Predictor(network, store).predict(features).count == 9)
    }

    @Test func aLayerMayBeCalledWhatAnInputIsCalled() throws {
        let named = Sequential([Network.inputName: Linear(2, 2), "last": Linear(2, 1)])
        let network = Network(named, inputShape: [2])
        let store = try ParameterStore(of: network, on: ReferenceBackend<Double>())
        let predictor = try Predictor(network, store) { $0.path == Network.inputName }
        let results = try predictor.predict([Network.inputName: .floats([1, 2])])
        #expect(results[Network.inputName]?.count == 2)
    }
}
