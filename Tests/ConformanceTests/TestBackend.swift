import Glibc
import NNGraph
@testable import NNOpenCL
import NNReference
import Synchronization
import Testing

/// Everything that must compute the same numbers.
enum TestBackend: String, CaseIterable, CustomTestStringConvertible {
    case referenceDouble, referenceFloat, openCLSerial, openCLWorkgroup
    /// As users have it: what the device likes, memory that storages share, and no more cores at work than
    /// are worth it. The others poison their memory.
    case openCLProduction

    var testDescription: String { rawValue }

    /// The form of the kernels; nil for the reference.
    var form: KernelForm? {
        switch self {
        case .referenceDouble, .referenceFloat: nil
        case .openCLSerial: .serial
        case .openCLProduction: Device.all.first.map { KernelForm(for: $0) } ?? .serial
        case .openCLWorkgroup: .workgroup
        }
    }

    /// Whether a test that asks for a device must have one.
    static let isDeviceRequired = getenv("NNGPU_REQUIRE_OPENCL").map { String(cString: $0) } == "1"

    /// What can run here: without a device only the reference, unless one is required.
    static let runnable = allCases.filter {
        $0.form == nil || isDeviceRequired || !Device.all.isEmpty
    }

    /// The same without the form for production, which is there for whole programs: every kernel would be
    /// compiled once more for it.
    static let available = runnable.filter { $0 != .openCLProduction }

    /// The backends in single precision, which the bounds speak about.
    static let single = available.filter { $0 != .referenceDouble }

    /// The forms of the kernels on the device.
    static let devices = available.filter { $0.form != nil }

    /// The same and the form for production.
    static let allDevices = runnable.filter { $0.form != nil }
}

/// Runs a body with a backend, one that poisons its memory before every run unless it is for production.
///
/// A context is expensive, so the process has one for each form; it belongs to one test at a time.
func withBackend<Result>(
    _ kind: TestBackend, _ body: (any Backend) throws -> Result
) throws -> Result {
    switch kind {
    case .referenceDouble: try body(ReferenceBackend<Double>())
    case .referenceFloat: try body(ReferenceBackend<Float>())
    case .openCLSerial: try SharedBackend.serial.use(body)
    case .openCLWorkgroup: try SharedBackend.workgroup.use(body)
    case .openCLProduction: try SharedBackend.production.use(body)
    }
}

/// Runs a body with the OpenCL backend of a form.
func withOpenCL<Result>(
    _ kind: TestBackend, _ body: (OpenCLBackend) throws -> Result
) throws -> Result {
    try withBackend(kind) { backend in try body(#require(backend as? OpenCLBackend)) }
}

/// The one backend of a form in this process, and the lock that hands it around.
private final class SharedBackend: Sendable {
    static let serial = SharedBackend(.serial)
    static let workgroup = SharedBackend(.workgroup)
    static let production = SharedBackend(nil)

    /// The form of the kernels; nil for production.
    private let form: KernelForm?
    private let lock = Mutex(())
    /// Touched only under the lock.
    nonisolated(unsafe) private var backend: OpenCLBackend?

    private init(_ form: KernelForm?) { self.form = form }

    func use<Result>(_ body: (any Backend) throws -> Result) throws -> Result {
        try lock.withLock { _ in
            let ready =
                try backend
                ?? OpenCLBackend(Device.at(0), form: form, isPoisoning: form != nil)
            backend = ready
            return try body(ready)
        }
    }
}
