import NNGPU
import TestSupport
import Testing

/// Changed pictures on the device: the same bits as by the definition.
@Suite struct AugmentationOnDeviceTests {
    @Test(arguments: OnDevice.forms)
    func theDefinitionsAreMet(form: KernelForm) throws {
        let backend = try OnDevice.backend(form)
        for example in try AugmentationCase.all {
            for portion in [2, 100] {
                let found = try example.changed(on: backend, portion: portion)
                #expect(
                    found == example.expected, "\(example.augmentation) of \(example.sampleShape)")
            }
        }
    }
}
