import NNGraph

/// The part of a step's graph that changes its pictures.
///
/// Each pixel is gathered from the place that the draws of its picture lead to. Besides what a step does anyway, that writes
/// and reads a place for each number of the batch and copies the batch once: 16 bytes a number.
package struct AugmentationGraph {
    private let augmentation: Augmentation
    private let axes: ImageAxes
    private let places: [AugmentationDraws.Draw: Int]
    /// How many numbers are gathered from at once: their places are counted exactly.
    private let limit: Int

    package init(
        _ augmentation: Augmentation, _ axes: ImageAxes, limit: Int = Augmentation.largestImage
    ) {
        self.augmentation = augmentation
        self.axes = axes
        self.limit = limit
        let draws = AugmentationDraws(augmentation, axes).draws
        places = Dictionary(uniqueKeysWithValues: draws.enumerated().map { ($1, $0) })
    }

    /// The pictures x [batch, …] as the draws [batch, draws] change them.
    package func callAsFunction(_ x: Tensor, _ draws: Tensor) throws -> Tensor {
        try Origin.within(Origin("the augmentation")) {
            let portion = max(1, limit / axes.count)
            let batch = x.shape[0]
            let parts = try stride(from: 0, to: batch, by: portion).map { start in
                let part = start..<min(start + portion, batch)
                return try changed(
                    batch <= portion ? x : x.slice(part), Draws(draws.slice(part), places))
            }
            return try concatenate(parts)
        }
    }

    /// The draws of a batch by their meaning.
    private struct Draws {
        let count: Int
        private let all: Tensor
        private let places: [AugmentationDraws.Draw: Int]

        init(_ all: Tensor, _ places: [AugmentationDraws.Draw: Int]) {
            (count, self.all, self.places) = (all.shape[0], all, places)
        }

        /// One number for each picture, [batch, 1]; nil where it is not drawn.
        subscript(draw: AugmentationDraws.Draw) -> Tensor? {
            get throws {
                try places[draw].map { try all.slice($0..<$0 + 1, axis: 1) }
            }
        }
    }

    /// Where the pixels of a row or a column come from, for each picture and each place along the axis.
    private struct Source {
        /// The place, from 0 to below the extent.
        let place: Tensor
        /// 1 where that is in the picture, 0 where it is in the zeros around it; nil where none are.
        var isInside: Tensor?
        /// 1 where the square lies; nil where there is none.
        var isCut: Tensor?
    }

    private func changed(_ x: Tensor, _ draws: Draws) throws -> Tensor {
        let rows = try source(
            extent: axes.height, flip: nil, shift: draws[.shiftRows], crop: draws[.cropRows],
            cut: draws[.cutRow])
        let columns = try source(
            extent: axes.width, flip: draws[.flip], shift: draws[.shiftColumns],
            crop: draws[.cropColumns], cut: draws[.cutColumn])
        let step = axes.isInterleaved ? axes.channels : 1
        let firsts = (0..<draws.count * axes.channels).map { place in
            let (picture, channel) = place.quotientAndRemainder(dividingBy: axes.channels)
            return Double(
                picture * axes.count
                    + channel * (axes.isInterleaved ? 1 : axes.height * axes.width))
        }
        let first = try Tensor.constant(
            firsts,
            axes.isInterleaved
                ? [draws.count, 1, 1, axes.channels] : [draws.count, axes.channels, 1, 1])
        let place =
            try asRows(rows.place * Double(axes.width * step)) + first
            + asColumns(columns.place * Double(step))
        let table = try x.reshape([draws.count * axes.count])
        var y = try table.gather(place.convert(to: .int32))
        if let inRow = rows.isInside, let inColumn = columns.isInside {
            y = try select(asRows(inRow) * asColumns(inColumn), y, .constant(0))
        }
        if let inRow = rows.isCut, let inColumn = columns.isCut {
            y = try select(asRows(inRow) * asColumns(inColumn), .constant(0), y)
        }
        return try y.reshape(x.shape)
    }

    private func source(
        extent: Int, flip: Tensor?, shift: Tensor?, crop: Tensor?, cut: Tensor?
    ) throws -> Source {
        let all = try Tensor.constant((0..<extent).map { Double($0) }, [1, extent])
        let last = Double(extent - 1)
        var place = all
        if let flip { place = try select(flip, last - all, all) }
        var isInside: Tensor?
        if let crop {
            place = try place + crop
            isInside = try (place >= 0) * (place <= last)
        }
        if let shift { place = try place + shift }
        if crop != nil || shift != nil { place = try clip(place, min: 0, max: last) }
        let isCut = try cut.map { try (all >= $0) * (all < $0 + Double(augmentation.cutout)) }
        return Source(place: place, isInside: isInside, isCut: isCut)
    }

    /// [batch or 1, height] as it lies beside the other axes.
    private func asRows(_ x: Tensor) throws -> Tensor {
        try x.reshape(
            axes.isInterleaved
                ? [x.shape[0], axes.height, 1, 1] : [x.shape[0], 1, axes.height, 1])
    }

    /// [batch or 1, width] as it lies beside the other axes.
    private func asColumns(_ x: Tensor) throws -> Tensor {
        try x.reshape(
            axes.isInterleaved
                ? [x.shape[0], 1, axes.width, 1] : [x.shape[0], 1, 1, axes.width])
    }
}
