import Foundation

/// What can go wrong between this process and an OpenCL device.
public enum OpenCLError: Error, Hashable, Sendable {
    /// The machine has no OpenCL platform at all.
    case noDriver
    /// There are drivers, and none of them offers a device because they fail; the texts say how.
    case driversFail([String])
    /// There are drivers, and none of them has a device; the texts say what may be the reason.
    case noDevice([String])
    /// There are devices, and none of them is a GPU.
    case noGPU(available: [String])
    /// The device list has no entry `index`.
    case noSuchDevice(index: Int, available: [String])
    /// The device, or the driver on its behalf, could not find memory for a request.
    case outOfMemory(bytes: Int, device: String)
    /// A single request exceeds what the device gives in one piece, however much is free.
    case allocationTooLarge(bytes: Int, limit: Int, device: String)
    /// A transfer reaches outside its buffer.
    case outOfBounds(offset: Int, bytes: Int, bufferBytes: Int)
    /// The driver's compiler refused a program; `log` holds its own words.
    case build(program: String, device: String, log: String)
    /// A kernel was given the wrong number of arguments.
    case argumentCount(kernel: String, given: Int, expected: Int)
    /// The work sizes of a launch break a rule of the kernel or the device.
    case workSize(kernel: String, global: [Int], local: [Int]?, rule: WorkSizeRule)
    /// Any other call that failed; `doing` says what for, where the function's name does not.
    case call(function: String, status: OpenCLStatus, doing: String?)
}

/// A rule that the global and local sizes of a kernel launch must keep.
public enum WorkSizeRule: Hashable, Sendable {
    /// One to three dimensions, as many local as global, every size at least 1.
    case shape
    /// Every global size is a multiple of its local size, as OpenCL 1.2 requires.
    case divisible
    /// The local size stays within the device's limit for each dimension.
    case workItems(limits: [Int])
    /// The product of the local sizes stays within what this kernel can run with.
    case workgroup(limit: Int)
}

extension OpenCLError: LocalizedError, CustomStringConvertible {
    /// One sentence: what failed, where, and what to do about it.
    public var description: String {
        switch self {
        case .noDriver:
            "no OpenCL driver is installed on this machine: install the GPU vendor's driver, or "
                + "pocl-opencl-icd to run on the CPU, and check with `nngpu doctor`; "
                + "--device reference does without, in plain loops"
        case .driversFail(let problems):
            "no device can be used because its driver fails (\(problems.joined(separator: "; "))): "
                + "check it with `nngpu doctor`, or give --device reference to do without"
        case .noDevice(let reasons):
            "no installed OpenCL driver offers a device"
                + (reasons.isEmpty ? "" : " (\(reasons.joined(separator: "; ")))")
                + ": install the GPU vendor's driver, or pocl-opencl-icd to run on the CPU, and check "
                + "with `nngpu doctor`; --device reference does without, in plain loops"
        case .noGPU(let available):
            "there is no GPU among the devices (\(available.joined(separator: ", "))): install its "
                + "vendor's OpenCL driver, or choose one of these by its number"
        case .noSuchDevice(let index, let available):
            "there is no device \(index): choose one of \(available.joined(separator: ", "))"
        case .outOfMemory(let bytes, let device):
            "out of memory on \(device) with a request for \(bytes) bytes: "
                + "use a smaller batch or model, or close other programs on this device"
        case .allocationTooLarge(let bytes, let limit, let device):
            "\(bytes) bytes in one buffer are more than \(device) allows (\(limit) bytes): "
                + "use a smaller batch or model, or another device"
        case .outOfBounds(let offset, let bytes, let bufferBytes):
            "\(bytes) bytes at offset \(offset) reach outside a buffer of \(bufferBytes) bytes: "
                + "keep the transfer within the buffer"
        case .build(let program, let device, let log):
            "program \(program) does not compile on \(device): correct what the driver reports: "
                + log
        case .argumentCount(let kernel, let given, let expected):
            "kernel \(kernel) takes \(expected) arguments but was given \(given): "
                + "make the launch agree with the kernel's source"
        case .workSize(let kernel, let global, let local, let rule):
            "kernel \(kernel) cannot run with global size \(global)"
                + (local.map { " and local size \($0)" } ?? "") + ": \(rule.requirement)"
        case .call(let function, let status, let doing):
            "\(function) failed" + (doing.map { " while \($0)" } ?? "")
                + " with \(status): \(status.remedy)"
        }
    }

    /// The same sentence, for `localizedDescription`.
    public var errorDescription: String? { description }
}

extension WorkSizeRule {
    fileprivate var requirement: String {
        switch self {
        case .shape: "give one to three dimensions, local as many as global, none below 1"
        case .divisible: "round each global size up to a multiple of its local size"
        case .workItems(let limits): "keep the local size within \(limits) on this device"
        case .workgroup(let limit): "keep the product of the local sizes within \(limit)"
        }
    }
}

extension OpenCLStatus {
    fileprivate var remedy: String {
        switch self {
        case .memoryObjectAllocationFailure, .outOfHostMemory:
            "use a smaller batch or model, or close other programs on this device"
        case .profilingInfoNotAvailable:
            "make the context with profiling and finish the queue before asking for times"
        case .invalidKernelName:
            "use the name of a kernel in the program's source; if it is one, a cache of the driver's "
                + "is damaged (PoCL's is \(PoCLCache.folder(environment: DriverEnvironment.value))): "
                + "delete it"
        default:
            "run `nngpu doctor` to check the driver"
        }
    }
}

/// Throws unless `status` is success.
func check(
    _ status: Int32, _ function: String, doing: @autoclosure () -> String? = nil
) throws(OpenCLError) {
    guard status != 0 else { return }
    throw .call(function: function, status: OpenCLStatus(rawValue: status), doing: doing())
}

/// Throws unless `status` is success, naming the memory at stake if that is what ran out.
///
/// OpenCL allocates lazily: memory may run out in the first command that touches a buffer, long
/// after the call that created it.
func check(
    _ status: Int32, _ function: String, touching bytes: @autoclosure () -> Int, on device: Device
) throws(OpenCLError) {
    if OpenCLStatus(rawValue: status).isOutOfMemory {
        throw .outOfMemory(bytes: bytes(), device: device.name)
    }
    try check(status, function)
}
