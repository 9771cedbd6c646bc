import NNGPU
import TestSupport
import Testing

/// PyTorch's recorded results on the device, in single precision.
@Suite struct GoldenOnDeviceTests {
    /// Functions of at most 13 numbers: as many roundings, and 16 units of the function itself.
    private static let functionBound = (13 + 32) * 0x1p-24
    /// Sums of at most 240 numbers, each of them computed in a few roundings.
    private static let metricBound = (240 + 32) * 0x1p-24

    @Test(arguments: OnDevice.forms)
    func functionsAndLossesAreThoseOfPyTorch(form: KernelForm) throws {
        let backend = try OnDevice.backend(form)
        for golden in try GoldenCase.all(.activation, .reduction) {
            for deviation in try golden.functionDeviations(on: backend) {
                #expect(deviation.value <= Self.functionBound, "\(golden) \(deviation)")
            }
        }
        for golden in try GoldenCase.all(.loss) {
            for deviation in try golden.lossDeviations(on: backend) {
                #expect(deviation.value <= Self.functionBound, "\(golden) \(deviation)")
            }
        }
    }

    @Test(arguments: OnDevice.forms)
    func tenStepsOfEveryOptimizerAreThoseOfPyTorch(form: KernelForm) throws {
        let backend = try OnDevice.backend(form)
        let cases = try GoldenCase.all(.optimizer).filter { $0.dtype == "float32" }
        #expect(cases.count == 17)
        for golden in cases {
            for deviation in try golden.optimizerDeviations(on: backend) {
                #expect(
                    deviation.value <= GoldenCase.singlePrecisionBound, "\(golden) \(deviation)")
            }
        }
    }

    /// Bar: every option of every loss, 50 steps, each tensor within a thousandth of the way that it moved.
    @Test(arguments: OnDevice.forms)
    func fiftyStepsWithEveryLossEndWherePyTorchsDo(form: KernelForm) throws {
        let backend = try OnDevice.backend(form)
        let cases = try GoldenCase.all(.training)
        #expect(cases.count == 44)
        for golden in cases {
            let (parameters, losses) = try golden.trainingDeviations(on: backend)
            #expect(parameters.count == 6)
            for deviation in parameters + [losses] {
                #expect(deviation.value <= GoldenCase.interchangeBound, "\(golden) \(deviation)")
            }
        }
    }

    @Test(arguments: OnDevice.forms)
    func metricsAreThoseOfPyTorchAndNumPy(form: KernelForm) throws {
        let backend = try OnDevice.backend(form)
        for golden in try GoldenCase.all(.metric) {
            for deviation in try golden.metricDeviations(on: backend) {
                #expect(deviation.value <= Self.metricBound, "\(golden) \(deviation)")
            }
        }
    }
}
