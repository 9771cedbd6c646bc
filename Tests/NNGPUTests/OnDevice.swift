import Foundation
import NNGPU
import Testing

/// A device for the tests that need one: without any they are left out, unless
/// `NNGPU_REQUIRE_OPENCL=1` says that there must be one.
enum OnDevice {
    static let forms: [KernelForm] =
        Device.all.isEmpty && ProcessInfo.processInfo.environment["NNGPU_REQUIRE_OPENCL"] != "1"
        ? [] : KernelForm.allCases

    /// A backend whose memory is filled with NaN before every run.
    static func backend(_ form: KernelForm) throws -> OpenCLBackend {
        try OpenCLBackend(Device.at(0), form: form, isPoisoning: true)
    }
}
