import COpenCL
import Glibc

/// What this machine offers, found out once per process.
///
/// Once, because the first discovery is not thread-safe in PoCL 3.1: two at a time lose devices or
/// crash. A `static let` makes later callers wait for the first.
public struct Discovery: Sendable {
    /// The result of the only discovery of this process.
    public static let shared = Discovery()

    /// The usable devices: GPUs, accelerators, CPUs, each in the order of the platforms.
    public let devices: [Device]

    /// What platforms or devices failed to answer, for `nngpu doctor` to print.
    public let problems: [String]

    /// The number of installed drivers, whether or not they offer a device.
    public let platformCount: Int

    private init() {
        // Pinned worker threads are worth up to a factor of two on PoCL. It reads the variable when
        // it first starts, so it must be set by now; the user's own choice is kept.
        setenv("POCL_AFFINITY", "1", 0)
        // PoCL would compile a kernel twice: for a stored binary, and once more for the work sizes of
        // a launch, which is no faster where a work-item is a workgroup.
        setenv("POCL_WORK_GROUP_SPECIALIZATION", "0", 0)

        var found: [Device] = []
        var problems: [String] = []
        var platforms: [cl_platform_id] = []
        do {
            platforms = try Self.platforms()
        } catch {
            problems.append(error.description)
        }
        for (number, platform) in platforms.enumerated() {
            do {
                try Self.collectDevices(of: platform, into: &found, problems: &problems)
            } catch {
                problems.append("platform \(number): \(error)")
            }
        }

        var devices = Device.Kind.allCases.flatMap { kind in found.filter { $0.kind == kind } }
        for index in devices.indices { devices[index].index = index }
        self.devices = devices
        self.problems = problems
        self.platformCount = platforms.count
    }

    /// Throws if there would be a device if its driver did not fail.
    public func checkDrivers() throws(OpenCLError) {
        guard devices.isEmpty, !problems.isEmpty else { return }
        throw .driversFail(problems)
    }

    private static func platforms() throws(OpenCLError) -> [cl_platform_id] {
        try list("clGetPlatformIDs", nothing: .platformNotFound) { clGetPlatformIDs($0, $1, $2) }
    }

    private static func collectDevices(
        of platform: cl_platform_id, into found: inout [Device], problems: inout [String]
    ) throws(OpenCLError) {
        let info = InfoQuery("clGetPlatformInfo") { clGetPlatformInfo(platform, $0, $1, $2, $3) }
        let name = try info.string(CL_PLATFORM_NAME)
        let version = try info.string(CL_PLATFORM_VERSION)
        let everyType = cl_device_type(CL_DEVICE_TYPE_ALL)
        let handles = try list("clGetDeviceIDs", nothing: .deviceNotFound) {
            clGetDeviceIDs(platform, everyType, $0, $1, $2)
        }
        for (number, handle) in handles.enumerated() {
            do {
                found.append(try Device(handle, platformName: name, platformVersion: version))
            } catch {
                problems.append("device \(number) of platform \(name): \(error)")
            }
        }
    }

    /// Asks for the length, then for the elements; the status `nothing` is OpenCL's empty list.
    private static func list(
        _ function: String, nothing: OpenCLStatus,
        _ call: (UInt32, UnsafeMutablePointer<OpaquePointer?>?, UnsafeMutablePointer<UInt32>?) ->
            Int32
    ) throws(OpenCLError) -> [OpaquePointer] {
        var count: UInt32 = 0
        let status = call(0, nil, &count)
        if status == nothing.rawValue { return [] }
        try check(status, function)
        guard count > 0 else { return [] }
        var elements = [OpaquePointer?](repeating: nil, count: Int(count))
        try check(call(count, &elements, nil), function)
        return elements.compactMap(\.self)
    }
}
