import NNGPU
import TestSupport
import Testing

/// Layers over space on the device, against PyTorch's numbers.
@Suite struct SpaceLayersOnDeviceTests {
    @Test(arguments: OnDevice.forms)
    func agreesWithPyTorch(form: KernelForm) throws {
        let backend = try OnDevice.backend(form)
        for table in SpaceTable.all {
            let deviation = try table.deviation(on: backend)
            #expect(deviation == nil)
        }
    }
}
