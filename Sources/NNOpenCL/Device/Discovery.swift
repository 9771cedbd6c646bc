import COpenCL
import Foundation

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

    /// What was set right in the surroundings before the drivers started, for `nngpu doctor` to print.
    public let remedies: [String]

    /// Where PoCL keeps its kernels.
    package var poclCacheFolder: String { PoCLCache.folder(environment: DriverEnvironment.value) }

    /// How many processors this process may keep busy, by its mask and its control group.
    public var processorCount: Int { Processors.shared.count }

    /// The number of installed drivers, whether or not they offer a device.
    public let platformCount: Int

    private init() {
        // Drivers read it when they first start.
        remedies = DriverEnvironment.prepare()
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

    /// Throws, with what can be done about it, if there is no device at all.
    public func checkDevices() throws(OpenCLError) {
        guard devices.isEmpty else { return }
        if !problems.isEmpty { throw .driversFail(problems) }
        guard platformCount == 0 else { throw .noDevice(remedies) }
        let registered = Self.registeredDrivers
        guard !registered.isEmpty else { throw .noDriver }
        throw .driversFail([
            "\(registered.joined(separator: ", ")) cannot be loaded: is the library there, and memory for it?"
        ])
    }

    /// The files that tell the loader of drivers.
    private static var registeredDrivers: [String] {
        let folder = DriverEnvironment.value(of: "OCL_ICD_VENDORS") ?? "/etc/OpenCL/vendors"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasSuffix(".icd") }.sorted()
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
