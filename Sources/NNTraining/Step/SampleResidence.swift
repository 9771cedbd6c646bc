import NNGraph

/// Where the samples of a data set are while a device works on them.
public enum SampleResidence: Sendable, Equatable {
    /// All of them in its memory.
    case resident
    /// Where they come from; threads bring them batch by batch, ahead of the steps.
    case streamed

    /// The most bytes of images in files that are kept in memory that the device and the host share.
    static let sharedLimit = 1 << 26
    /// The same for a device with memory of its own.
    static let ownLimit = 1 << 30

    /// Decides for inputs that are gathered.
    ///
    /// - Parameters:
    ///   - inputs: The numbers of each.
    ///   - backend: The device.
    ///   - limit: The most bytes that may be kept on the device; nil for half of its memory and, of images in files,
    ///     64 MiB where the device shares the host's memory and 1 GiB where it has its own.
    init(of inputs: [Features], on backend: any Backend, limit: Int?) {
        let sizes = inputs.map { $0.count * $0.elementType.byteCount }
        let memory = backend.memory
        var most = limit ?? memory.map { $0.byteCount / 2 } ?? .max
        if limit == nil, inputs.contains(where: \.areInFiles) {
            most = min(most, memory?.isShared == false ? Self.ownLimit : Self.sharedLimit)
        }
        let fits =
            sizes.reduce(0, +) <= most
            && sizes.allSatisfy { $0 <= memory?.largestBuffer ?? .max }
            && inputs.allSatisfy { $0.count <= Int(Int32.max) }
        self = fits ? .resident : .streamed
    }
}
