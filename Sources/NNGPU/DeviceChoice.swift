import NNGraph
import NNOpenCL
import NNReference

/// Which device to run on, as `--device` takes it.
public enum DeviceChoice: Hashable, Sendable {
    /// The first GPU, else the first CPU device.
    case automatic
    /// The first GPU, and nothing else.
    case gpu
    /// The reference on the CPU, in double precision.
    case reference
    /// A place in `Device.all`.
    case index(Int)

    /// Reads `auto`, `gpu`, `reference` or a number; nil for anything else.
    public init?(_ text: String) {
        switch text {
        case "auto": self = .automatic
        case "gpu": self = .gpu
        case "reference": self = .reference
        default:
            guard let index = Int(text), index >= 0 else { return nil }
            self = .index(index)
        }
    }

    /// Opens the device.
    ///
    /// - Parameter isProfiling: Whether an OpenCL device shall tell how long its commands take.
    /// - Returns: The backend that runs on it.
    /// - Throws: `OpenCLError` if there is no such device, or it cannot be opened.
    public func open(isProfiling: Bool = false) throws -> any Backend {
        guard let device = try openCLDevice() else { return ReferenceBackend<Double>() }
        return try OpenCLBackend(device, isProfiling: isProfiling)
    }

    /// The OpenCL device that is meant; nil if it is the reference.
    ///
    /// - Throws: `OpenCLError` if there is no such device.
    public func openCLDevice() throws -> Device? {
        switch self {
        case .reference: return nil
        case .index(let index): return try Device.at(index)
        case .automatic:
            // Nobody wants the reference, thousands of times slower, in place of a device that does not
            // answer today. The list has GPUs first, then accelerators, and CPUs before the rest.
            try Discovery.shared.checkDevices()
            return Device.all.first { $0.kind == .gpu || $0.kind == .cpu } ?? Device.all.first
        case .gpu:
            try Discovery.shared.checkDevices()
            guard let device = Device.all.first(where: { $0.kind == .gpu }) else {
                throw OpenCLError.noGPU(available: Device.all.map { "\($0.index) (\($0.name))" })
            }
            return device
        }
    }
}
