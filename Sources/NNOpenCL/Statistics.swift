/// What a backend has asked of its device so far.
public struct Statistics: Sendable, Equatable {
    /// Commands that compute something: kernels and matrix products.
    public let launches: Int
    /// Calls that made the host wait for the device.
    public let blockingCalls: Int
    /// Buffers that had to be allocated on the device.
    public let deviceAllocations: Int
    /// Programs taken from the folder of built programs.
    public let binaryCacheHits: Int
    /// Programs that had to be compiled.
    public let binaryCacheMisses: Int

    init(_ counters: Counters) {
        launches = counters.launches
        blockingCalls = counters.blockingCalls
        deviceAllocations = counters.deviceAllocations
        binaryCacheHits = counters.binaryCacheHits
        binaryCacheMisses = counters.binaryCacheMisses
    }
}
