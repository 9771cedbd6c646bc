import NNGPU
import TestSupport
import Testing

/// Models whose samples have several axes, on a device.
@Suite struct SequenceOnDeviceTests {
    @Test(arguments: OnDevice.forms)
    func productsOfThreeAxesAndSumsOverDistantOnesAreTrained(form: KernelForm) throws {
        let losses = try SequenceTraining.losses(on: OnDevice.backend(form))
        #expect(losses.before > 0.15)
        #expect(losses.after < 0.02)
    }

    /// Against finite differences as well as against the reference.
    @Test(arguments: OnDevice.forms)
    func gradientsAreWithinTheirBounds(form: KernelForm) throws {
        let check = try GradientCheck(
            of: SequenceTraining.model, inputShape: SequenceTraining.inputShape,
            loss: .meanSquaredError, on: OnDevice.backend(form),
            batchSize: SequenceTraining.batchSize, samples: 6, seed: 1)
        #expect(check.passes, "\(check.rows.filter { !$0.passes })")
        #expect(check.rows.count == 12)
        for row in check.rows {
            #expect(row.kinks == 0)
            // Softmax does not see what all of its numbers have in common, so this gradient is zero, and
            // what is computed of it is rounding.
            let isZero = row.parameter == "3.key.bias"
            #expect(isZero || row.differenceBound < GradientCheck.differenceLimit)
            #expect(isZero || row.deviceBound < 1e-3)
        }
    }
}
