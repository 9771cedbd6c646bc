/// Places along an axis, in windows of equal size that may overlap.
///
/// Place `j` of window `i` is element `start + i · stride + j · dilation`. Both distances may be negative, which walks
/// backwards.
public struct Windows: Hashable, Sendable {
    /// The element at place 0 of window 0.
    public let start: Int
    /// The number of windows.
    public let count: Int
    /// The distance in elements from one window to the next.
    public let stride: Int
    /// The places of a window.
    public let size: Int
    /// The distance in elements from one place of a window to the next.
    public let dilation: Int

    /// Describes windows.
    public init(start: Int = 0, count: Int, stride: Int = 1, size: Int, dilation: Int = 1) {
        self.start = start
        self.count = count
        self.stride = stride
        self.size = size
        self.dilation = dilation
    }

    /// As many windows as fit into an axis, from its first element on; nil if none does, or a number is not
    /// positive.
    public init?(over extent: Int, size: Int, stride: Int = 1, dilation: Int = 1) {
        guard size >= 1, stride >= 1, dilation >= 1, extent >= 1,
            (size - 1).multipliedReportingOverflow(by: dilation).overflow == false,
            (size - 1) * dilation < extent
        else { return nil }
        self.init(
            count: (extent - 1 - (size - 1) * dilation) / stride + 1, stride: stride, size: size,
            dilation: dilation)
    }

    /// The lowest and the highest element of all windows; nil if these cannot be counted.
    var ends: ClosedRange<Int>? {
        let (steps, isLong) = (count - 1).multipliedReportingOverflow(by: stride)
        let (reach, isWide) = (size - 1).multipliedReportingOverflow(by: dilation)
        guard !isLong, !isWide, count >= 1, size >= 1,
            [steps, reach, start].allSatisfy({ abs($0) <= Shape.maximumCount })
        else { return nil }
        return start + min(steps, 0) + min(reach, 0)...start + max(steps, 0) + max(reach, 0)
    }

    /// Whether all windows lie within an axis.
    func fit(into extent: Int) -> Bool {
        ends.map { $0.lowerBound >= 0 && $0.upperBound < extent } ?? false
    }

    /// Whether the windows are the parts of an axis, one after the other and whole.
    var divide: Bool { start == 0 && dilation == 1 && stride == size || size == 1 && stride == 1 }
}
