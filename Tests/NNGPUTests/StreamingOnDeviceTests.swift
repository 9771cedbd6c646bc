import NNGPU
import TestSupport
import Testing

/// Samples that are streamed to the device: the same bits as from its memory.
@Suite struct StreamingOnDeviceTests {
    @Test(arguments: OnDevice.forms)
    func theStepsAreTheSame(form: KernelForm) throws {
        let backend = try OnDevice.backend(form)
        let data = try StreamedTraining.data()
        for parts in [1, 2] {
            let (whole, streamed) = try (
                StreamedTraining.outcome(data, limit: nil, parts: parts, on: backend),
                StreamedTraining.outcome(data, limit: 0, parts: parts, on: backend)
            )
            #expect(whole.checkpoint == streamed.checkpoint && whole.losses == streamed.losses)
            #expect(whole.waited == nil && streamed.waited != nil)
        }
    }
}
