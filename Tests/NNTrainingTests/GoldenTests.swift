import Foundation
import NNGraph
import NNReference
import NNModel
import NNTraining
import TestSupport
import Testing

/// The reference against PyTorch's recorded results.
@Suite struct GoldenTests {
    /// Double precision rounds at 10⁻¹⁶; sums of a dozen terms and two libraries' functions differ
    /// by some multiples of it.
    private static let functionBound = 1e-12
    /// The same through ten or fifty steps of training; 10⁻¹⁵ is what they come to.
    private static let trainingBound = 1e-13

    @Test func everyKindIsThere() throws {
        #expect(try GoldenCase.all(.activation, .reduction).count == 19)
        #expect(try GoldenCase.all(.loss).count == 5)
        #expect(try GoldenCase.all(.optimizer).count == 34)
        #expect(try GoldenCase.all(.training).count == 44)
        #expect(try GoldenCase.all(.metric).count == 30)
        #expect(try GoldenCase.all(.schedule).count == 3)
    }

    @Test(arguments: try GoldenCase.all(.activation, .reduction))
    func functionsAndTheirGradientsAreThoseOfPyTorch(golden: GoldenCase) throws {
        for deviation in try golden.functionDeviations(on: ReferenceBackend<Double>()) {
            #expect(deviation.value <= Self.functionBound, "\(deviation)")
        }
    }

    @Test(arguments: try GoldenCase.all(.loss))
    func lossesAndTheirGradientsAreThoseOfPyTorch(golden: GoldenCase) throws {
        let deviations = try golden.lossDeviations(on: ReferenceBackend<Double>())
        #expect(deviations.count == 2)
        for deviation in deviations {
            #expect(deviation.value <= Self.functionBound, "\(deviation)")
        }
    }

    @Test(arguments: try GoldenCase.all(.optimizer))
    func trainingFollowsPyTorchStepByStep(golden: GoldenCase) throws {
        let isSingle = golden.dtype == "float32"
        let deviations = try golden.optimizerDeviations(
            on: isSingle ? ReferenceBackend<Float>() : ReferenceBackend<Double>())
        #expect(deviations.count >= 8)
        let bound = isSingle ? GoldenCase.singlePrecisionBound : Self.trainingBound
        for deviation in deviations { #expect(deviation.value <= bound, "\(deviation)") }
    }

    /// Every option of every loss for 50 steps.
    @Test(arguments: try GoldenCase.all(.training))
    func trainingsWithEveryLossEndWherePyTorchsDo(golden: GoldenCase) throws {
        let (parameters, losses) = try golden.trainingDeviations(on: ReferenceBackend<Double>())
        #expect(parameters.count == 6)
        for deviation in parameters {
            #expect(deviation.value <= GoldenCase.interchangeBound, "\(deviation)")
            #expect(deviation.value <= Self.trainingBound, "\(deviation)")
        }
        #expect(losses.value <= Self.trainingBound, "\(losses)")
    }

    @Test(arguments: try GoldenCase.all(.metric))
    func metricsAreThoseOfPyTorchAndNumPy(golden: GoldenCase) throws {
        for deviation in try golden.metricDeviations(on: ReferenceBackend<Double>()) {
            #expect(deviation.value <= Self.functionBound, "\(deviation)")
        }
    }

    @Test func schedulesAreThoseOfPyTorch() throws {
        let schedules = [
            "schedule_step": "step:7:0.3", "schedule_cosine": "cosine",
            "schedule_warmup_cosine": "warmup:5+cosine",
        ]
        for golden in try GoldenCase.all(.schedule) {
            let schedule = try LearningRateSchedule(#require(schedules[golden.name]))
            let base = try #require(golden.base_rate)
            let rates = (0..<30).map { schedule.rate(base: base, step: $0, total: 30) }
            let deviation = Deviation(golden.name, rates, try golden.tensors().doubles("rates"))
            #expect(deviation.value <= 1e-14, "\(deviation)")
        }
    }

    @Test func linearBeginsWithinPyTorchsBounds() throws {
        let golden = try #require(try GoldenCase.all(.initialization).first)
        let layout = try ParameterLayout(of: Sequential { Linear(784, 512) }, inputShape: [784])
        let values = layout.initialValues(seed: 3).trained
        for (entry, bound) in zip(layout.entries, [golden.weight_bound, golden.bias_bound]) {
            let bound = Float(try #require(bound))
            let largest = try #require(values[entry.range].map(abs).max())
            #expect(largest <= bound && largest > 0.98 * bound)
        }
    }
}
