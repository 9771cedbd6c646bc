import Foundation
import NNCompiler
import Testing

@testable import NNOpenCL

@Suite struct OpenCLErrorTests {
    @Test func checkThrowsWhatWasCalledAndWhy() {
        #expect(throws: Never.self) { try check(0, "clFinish") }
        let error = #expect(throws: OpenCLError.self) {
            try check(-36, "clFinish", doing: "draining the queue")
        }
        #expect(
            error?.description == "clFinish failed while draining the queue with "
                + "CL_INVALID_COMMAND_QUEUE (-36): run `nngpu doctor` to check the driver")
    }

    @Test func faultsOfTheCompilerAreSentencesForAppsToo() {
        let fault: any Error = CompilerError.passOrder(pass: "a", needs: "b")
        #expect(fault.localizedDescription == "\(fault)")
    }

    @Test func runningOutOfMemoryIsAdviceNotACode() {
        #expect(
            OpenCLError.outOfMemory(bytes: 4096, device: "Toaster").description
                == "out of memory on Toaster with a request for 4096 bytes: use a smaller batch or "
                + "model, or close other programs on this device")
        let call = OpenCLError.call(function: "clFinish", status: .outOfHostMemory, doing: nil)
        #expect(call.description.contains("smaller batch"))
    }

    @Test(.enabled(if: Testbed.hasDevice), arguments: [-4, -6] as [Int32])
    func memoryThatRunsOutInACommandNamesTheBytes(status: Int32) throws {
        let device = try Device.at(0)
        #expect(throws: OpenCLError.outOfMemory(bytes: 12, device: device.name)) {
            try check(status, "clEnqueueFillBuffer", touching: 12, on: device)
        }
    }

    @Test func missingDeviceListsWhatThereIs() {
        let error = OpenCLError.noSuchDevice(index: 7, available: ["0 (Ant)", "1 (Bee)"])
        #expect(error.description == "there is no device 7: choose one of 0 (Ant), 1 (Bee)")
        let none = OpenCLError.noDevice(["its cache /c cannot be made"])
        #expect(
            none.description.contains("no installed OpenCL driver offers a device (its cache /c"))
        let others = OpenCLError.noGPU(available: ["0 (Ant)"])
        #expect(others.description.contains("no GPU among the devices (0 (Ant))"))
    }
}
