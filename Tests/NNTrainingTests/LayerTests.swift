import NNGraph
import NNReference
import NNModel
import NNTraining
import Testing

@Suite struct LayerTests {
    private func outputs(
        of model: Sequential, _ features: [Double], _ shape: Shape, isTraining: Bool = false,
        step: Int32 = 0
    ) throws -> [Double] {
        let backend = ReferenceBackend<Double>()
        let pass = try ForwardPass(isTraining: isTraining, seed: 9)
        let x = try Tensor.input("x", shape)
        let executable = try backend.compile(Graph(outputs: ["y": model(x, in: pass)]))
        try backend.write(features, to: executable.buffer(named: "x"))
        if let buffer = try? executable.buffer(named: "step") {
            try backend.write([step], to: buffer)
        }
        try executable.run()
        return try backend.read(executable.buffer(named: "y"))
    }

    @Test func parametersHaveTheNamesAndShapesOfPyTorch() throws {
        let model = Sequential {
            Linear(4, 3)
            ReLU()
            Sequential {
                Linear(3, 5, bias: false)
                Dropout()
                Linear(5, 2)
            }
        }
        let layout = try ParameterLayout(of: model, inputShape: [4])
        #expect(
            layout.entries.map(\.name)
                == ["0.weight", "0.bias", "2.0.weight", "2.2.weight", "2.2.bias"])
        #expect(layout.entries.map(\.shape) == [[3, 4], [3], [5, 3], [2, 5], [2]])
        #expect(layout.entries.map(\.range) == [0..<12, 12..<15, 15..<30, 30..<40, 40..<42])
        #expect(layout.outputShape == [1, 2])
    }

    @Test func linearMultipliesByTheTransposedWeightAndAddsTheBias() throws {
        let backend = ReferenceBackend<Double>()
        let x = try Tensor.input("x", [2, 3])
        let y = try Linear(3, 2)(x, in: ForwardPass())
        let executable = try backend.compile(Graph(outputs: ["y": y]))
        try backend.write([1, 2, 3, 4, 5, 6] as [Double], to: executable.buffer(named: "x"))
        try backend.write([1, 0, 0, 1, 1, 1] as [Double], to: executable.buffer(named: "weight"))
        try backend.write([10, 20] as [Double], to: executable.buffer(named: "bias"))
        try executable.run()
        #expect(try backend.read(executable.buffer(named: "y")) == [11, 26, 14, 35])
    }

    @Test func dropoutScalesWhatItKeepsAndDrawsAnewEachStep() throws {
        let model = Sequential {
            Dropout(rate: 0.25)
            Dropout(rate: 0)
        }
        let ones = [Double](repeating: 1, count: 4000)
        func kept(_ step: Int32) throws -> [Double] {
            try outputs(of: model, ones, [40, 100], isTraining: true, step: step)
        }
        let first = try kept(1)
        #expect(first.allSatisfy { $0 == 0 || $0 == 1 / 0.75 })
        // Four deviations of a binomial share: 4·√(0.25 · 0.75/4000) = 0.027.
        let share = Double(first.count { $0 == 0 }) / 4000
        #expect(abs(share - 0.25) < 0.027)
        #expect(try kept(1) == first)
        #expect(try kept(2) != first)
        #expect(try outputs(of: model, ones, [40, 100]) == ones)
    }

    @Test func twoDropoutsDrawDifferentNumbers() throws {
        let ones = [Double](repeating: 1, count: 1000)
        let twice = Sequential {
            Dropout(rate: 0.5)
            Dropout(rate: 0.5)
        }
        let values = try outputs(of: twice, ones, [10, 100], isTraining: true)
        // With one mask for both, half of the elements would be left instead of a quarter.
        #expect((180...320).contains(values.count { $0 == 4 }))
    }

    @Test func blocksMayHaveConditionsAndLoops() {
        let deep = true
        let model = Sequential {
            for _ in 0..<2 { Tanh() }
            if deep { Linear(1, 1) } else { ReLU() }
            if !deep { Softmax() }
        }
        #expect(model.layers.map { type(of: $0).typeName } == ["tanh", "tanh", "linear"])
    }

    @Test func perceptronsCountTheirActivations() throws {
        let model = Sequential.multilayerPerceptron(
            inputs: 8, hidden: [6, 4], outputs: 2, activation: .gelu, dropout: 0.1)
        #expect(
            model.layers.map { type(of: $0).typeName }
                == ["linear", "gelu", "dropout", "linear", "gelu", "dropout", "linear"])
        let single = Sequential.multilayerPerceptron(inputs: 8, hidden: [], outputs: 2)
        let layout = try ParameterLayout(of: single, inputShape: [8])
        #expect(layout.entries.map(\.name) == ["0.weight", "0.bias"])
        for activation in Activation.allCases {
            #expect(type(of: activation.layer).typeName == activation.name)
        }
    }

    /// A layer whose operation does not fit is found without a debugger, also in another layer.
    @Test func misuseInALayerNamesTheLayerAndItsLine() throws {
        struct Narrow: Layer {
            static let typeName = "narrow"
            func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor {
                try x.variance([2])
            }
        }
        struct Outer: Layer {
            static let typeName = "outer"
            func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor {
                try pass.apply(Narrow(), named: "inner", to: x)
            }
        }
        let line = #line + 3
        let model = Sequential {
            Linear(4, 3)
            Outer()
        }
        let error = #expect(throws: GraphError.self) {
            try ParameterLayout(of: model, inputShape: [4])
        }
        #expect(
            error?.description == "variance(float [1, 3]) in layer 1.inner (Narrow) at "
                + "NNTrainingTests/LayerTests.swift:\(line): axis 2 is outside of [1, 3].")
    }

    @Test func modelsThatDoNotFitSayWhere() throws {
        func error(_ inputShape: Shape, @LayerBuilder _ layers: () -> [LayerBuilder.Line])
            -> ModelError?
        {
            #expect(throws: ModelError.self) {
                try ParameterLayout(of: Sequential(layers), inputShape: inputShape)
            }
        }
        #expect(
            error([4]) {
                Linear(4, 3); ReLU(); Linear(2, 1)
            }
                == .featureCount(layer: "2", expected: 2, found: [1, 3]))
        #expect(error([4]) { ReLU() } == .noParameters)
        #expect(error([.max, 2]) { Linear(2, 1) } == .inputSize([.max, 2]))
        #expect(error([0]) { Linear(0, 1) } == .inputSize([0]))
        let huge = Shape([.max, 4])
        #expect(error([4]) { Linear(4, .max) } == .parameterSize(name: "0.weight", shape: huge))
        #expect(
            error([4]) { Linear(4, -1) } == .parameterSize(name: "0.weight", shape: [-1, 4]))
        for rate in [1, -0.1, .nan] {
            #expect(throws: ModelError.self) {
                try ParameterLayout(of: Sequential { Dropout(rate: rate) }, inputShape: [4])
            }
        }
    }
}
