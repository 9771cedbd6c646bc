import NNCompiler
import NNGraph

/// All windows of 3 × 3 neighboring places of images, four at a time: those whose 4 × 4 places are a square.
///
/// What Winograd's minimal filtering needs of a product through windows (`Kernels/winograd_places.cl`).
struct WindowSquares {
    /// The first channel of the first place; the channels of a place lie side by side.
    let places: View
    let images: (count: Int, stride: Int)
    let down: (count: Int, stride: Int)
    let across: (count: Int, stride: Int)
    let channels: Int
    /// Whether windows are walked from their last place to the first, downwards and across.
    let areBackwards: [Bool]

    /// The squares in all images; the last ones reach beyond images of odd sides.
    let count: Int

    /// Describes the places of windows (images, down, across) and those in each of them (down, across, channels); nil for
    /// windows of another kind, and for images so small that too many squares reach beyond them.
    init?(_ windows: OperandAxes, _ inner: OperandAxes, of view: View) {
        let channels = inner.count / 9
        guard inner.count == 9 * channels, (2...3).contains(windows.extents.count),
            let strides = inner.strides(dividingInto: [3, 3, channels]), strides[2] == 1
        else { return nil }
        let axes = Array(zip(windows.extents, windows.strides))
        images = axes.count == 3 ? axes[0] : (1, 0)
        (down, across) = (axes[axes.count - 2], axes[axes.count - 1])
        self.channels = channels
        guard images.stride >= 0, down.stride > 0, across.stride > 0,
            abs(strides[0]) == down.stride, abs(strides[1]) == across.stride
        else { return nil }
        areBackwards = strides.prefix(2).map { $0 < 0 }
        var places = view
        for stride in strides.prefix(2) where stride < 0 { places.offset += 2 * stride }
        self.places = places
        count = images.count * ((down.count + 1) / 2) * ((across.count + 1) / 2)
        // 16 multiplications of a square against nine of a place, and sums before and after them.
        guard 3 * 16 * count <= 2 * 9 * windows.count else { return nil }
    }

    /// What kernels take of the distances between images, rows and places.
    var strides: [Int] { [images.stride, down.stride, across.stride] }

    /// What kernels take of the sizes.
    var extents: [Int] { [images.count, down.count, across.count, channels] }
}

/// How the columns of one of Winograd's products are divided.
struct WinogradPanels {
    /// The vectors of a strip of columns, and all columns of a work-item.
    let vectors: Int
    let columns: Int
    /// How many work-items share the columns.
    let count: Int

    /// The most columns of one work-item.
    static let longest = 64

    /// Divides columns, which are whole vectors, into panels of strips.
    init(of columns: Int, vectorWidth: Int) {
        vectors = columns.isMultiple(of: 2 * vectorWidth) ? 2 : 1
        let strip = vectors * vectorWidth
        let strips = columns / strip
        let most = max(1, Self.longest / strip)
        self.columns = strip * ((1...most).last { strips.isMultiple(of: $0) } ?? 1)
        count = columns / self.columns
    }

    /// The squares that a work-item takes at a time, some multiple of `multiple`, for which a core's second cache has
    /// room beside the weights; nil if the device's local memory has none.
    func chunk(channels: Int, multiple: Int, on device: Device) -> Int? {
        let bytesPerSquare = 4 * 16 * (channels + columns)
        let room = min(device.localMemoryBytes, 1 << 18) / bytesPerSquare
        return room < multiple ? nil : min(24, room) / multiple * multiple
    }
}
