/// What a context has asked of its device so far, for tests and reports.
///
/// Like its context, it belongs to one thread at a time.
final class Counters {
    /// Kernels enqueued.
    var launches = 0
    /// Calls that made the host wait for the device.
    var blockingCalls = 0
    /// Buffers that the pool could not serve from memory it already had.
    var deviceAllocations = 0
    /// Programs taken from the folder of built programs.
    var binaryCacheHits = 0
    /// Programs that had to be compiled.
    var binaryCacheMisses = 0
}
