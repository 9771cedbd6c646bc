/// The shape of work that a device likes.
public enum KernelForm: String, Sendable, Codable, CaseIterable {
    /// One work-item owns whole rows and loops over explicit vectors: CPUs.
    case serial
    /// A workgroup shares a row through local memory: GPUs.
    case workgroup

    /// What the kind of device likes.
    init(for device: Device) { self = device.kind == .cpu ? .serial : .workgroup }
}
