import COpenCL

/// An OpenCL device, with everything that choosing kernels and work sizes depends on.
public struct Device: Sendable, Identifiable {
    /// What a device is made of, in the order in which devices are listed.
    public enum Kind: String, Sendable, CaseIterable {
        /// A graphics processor.
        case gpu
        /// A dedicated accelerator, such as an FPGA.
        case accelerator
        /// The host's processor.
        case cpu
        /// A device of a type that only its vendor knows.
        case other
    }

    /// The place in `Device.all`, which `--device` takes.
    public internal(set) var index: Int
    /// The name that the driver gives.
    public let name: String
    /// The vendor of the hardware.
    public let vendor: String
    /// The name of the driver's platform.
    public let platformName: String
    /// The version of the driver's platform, which starts with the OpenCL version.
    public let platformVersion: String
    /// The OpenCL version that the device supports, as the driver words it.
    public let version: String
    /// The highest version of OpenCL C that the compiler accepts without being asked.
    public let openCLCVersion: String
    /// The version of the driver.
    public let driverVersion: String
    /// What the device is made of.
    public let kind: Kind
    /// The number of parallel compute units; of a CPU, no more than this process may use.
    public let computeUnits: Int
    /// The most work items that a work group can have.
    public internal(set) var maximumWorkgroupSize: Int
    /// The most work items that a work group can have along each dimension.
    public let maximumWorkItemSizes: [Int]
    /// The size of the device's memory in bytes.
    public let globalMemoryBytes: Int
    /// The largest single buffer in bytes.
    public let maximumAllocationBytes: Int
    /// What the beginning of a part of a buffer is a multiple of, in bytes.
    let memoryAlignment: Int
    /// The local memory of a work group in bytes.
    public let localMemoryBytes: Int
    /// The width in `float` of the instruction set's vectors; 1 on most GPUs.
    public let nativeFloatVectorWidth: Int
    /// The highest clock frequency in MHz; some drivers answer 0.
    public let maximumClockMHz: Int
    /// The names of the optional features.
    public let extensions: Set<String>
    /// Whether kernels may use `double`.
    public let supportsDouble: Bool

    /// The `cl_device_id`: root devices live as long as the process, so nobody owns it.
    nonisolated(unsafe) let handle: OpaquePointer

    /// The place in the device list.
    public var id: Int { index }

    /// Whether it is a device of PoCL, which has a cache of its own.
    package var isPoCL: Bool { platformName == "Portable Computing Language" }
}

extension Device {
    /// The rate that the device's data sheet would promise, in FLOP/s, to a factor of two or so.
    public var estimatedFlopsPerSecond: Double {
        // GPUs do not say how many lanes a unit has; most have 64 or 128.
        let lanes = kind == .cpu ? max(1, nativeFloatVectorWidth) : 64
        return 2 * Double(computeUnits * lanes) * 1e6 * Double(max(1000, maximumClockMHz))
    }

    /// Every usable device of this machine: GPUs first, always in the same order.
    public static var all: [Device] { Discovery.shared.devices }

    /// Returns the device at a place in the list, or throws an error that says what there is.
    public static func at(_ index: Int) throws(OpenCLError) -> Device {
        let discovery = Discovery.shared
        try discovery.checkDevices()
        guard discovery.devices.indices.contains(index) else {
            throw .noSuchDevice(
                index: index, available: discovery.devices.map { "\($0.index) (\($0.name))" })
        }
        return discovery.devices[index]
    }
}

extension Device {
    /// Asks the driver about a device; its place in the list is not known yet and stays 0.
    init(_ handle: OpaquePointer, platformName: String, platformVersion: String)
        throws(OpenCLError)
    {
        let info = InfoQuery("clGetDeviceInfo") { clGetDeviceInfo(handle, $0, $1, $2, $3) }

        func count(_ parameter: Int32) throws(OpenCLError) -> Int {
            Int(try info.integer(parameter, as: cl_uint.self))
        }
        func bytes(_ parameter: Int32) throws(OpenCLError) -> Int {
            Int(clamping: try info.integer(parameter, as: cl_ulong.self))
        }

        self.handle = handle
        self.index = 0
        self.platformName = platformName
        self.platformVersion = platformVersion
        name = try info.string(CL_DEVICE_NAME)
        vendor = try info.string(CL_DEVICE_VENDOR)
        version = try info.string(CL_DEVICE_VERSION)
        openCLCVersion = try info.string(CL_DEVICE_OPENCL_C_VERSION)
        driverVersion = try info.string(CL_DRIVER_VERSION)
        let kind = Kind(try info.integer(CL_DEVICE_TYPE, as: cl_device_type.self))
        self.kind = kind
        let units = try count(CL_DEVICE_MAX_COMPUTE_UNITS)
        computeUnits = kind == .cpu ? min(units, Processors.shared.count) : units
        maximumWorkgroupSize = try info.integer(CL_DEVICE_MAX_WORK_GROUP_SIZE, as: Int.self)
        maximumWorkItemSizes = try info.integers(CL_DEVICE_MAX_WORK_ITEM_SIZES, as: Int.self)
        globalMemoryBytes = try bytes(CL_DEVICE_GLOBAL_MEM_SIZE)
        maximumAllocationBytes = try bytes(CL_DEVICE_MAX_MEM_ALLOC_SIZE)
        memoryAlignment = try count(CL_DEVICE_MEM_BASE_ADDR_ALIGN) / 8
        localMemoryBytes = try bytes(CL_DEVICE_LOCAL_MEM_SIZE)
        nativeFloatVectorWidth = try count(CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT)
        maximumClockMHz = try count(CL_DEVICE_MAX_CLOCK_FREQUENCY)
        extensions = Set(
            try info.string(CL_DEVICE_EXTENSIONS).split(separator: " ").map(String.init))
        supportsDouble = try bytes(CL_DEVICE_DOUBLE_FP_CONFIG) != 0
    }
}

extension Device.Kind {
    fileprivate init(_ type: cl_device_type) {
        self =
            if type & cl_device_type(CL_DEVICE_TYPE_GPU) != 0 {
                .gpu
            } else if type & cl_device_type(CL_DEVICE_TYPE_ACCELERATOR) != 0 {
                .accelerator
            } else if type & cl_device_type(CL_DEVICE_TYPE_CPU) != 0 {
                .cpu
            } else {
                .other
            }
    }
}
