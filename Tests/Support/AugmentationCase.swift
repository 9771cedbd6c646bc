import NNGraph
import NNModel
import NNTraining

/// Pictures, what chance decides about them, and what they become: by the graph, and by plain loops.
package struct AugmentationCase {
    package let sampleShape: [Int]
    package let augmentation: Augmentation
    private let axes: ImageAxes
    private let count = 7

    /// Pictures of all layouts with each change by itself and all of them.
    package static var all: [AugmentationCase] {
        get throws {
            let changes = [
                Augmentation(flip: true), Augmentation(shift: 2), Augmentation(crop: 3),
                Augmentation(cutout: 3), Augmentation(flip: true, shift: 1, crop: 2, cutout: 4),
            ]
            return try [[5, 7], [2, 6, 5], [4, 6, 3]].flatMap { shape in
                try changes.map { try AugmentationCase(shape, $0) }
            }
        }
    }

    private init(_ sampleShape: [Int], _ augmentation: Augmentation) throws {
        self.sampleShape = sampleShape
        self.augmentation = augmentation
        axes = try augmentation.check("features", sampleShape)
    }

    private var pixels: [Float] { (0..<count * axes.count).map { Float($0 + 1) } }

    private var draws: [Float] {
        AugmentationDraws(augmentation, axes).numbers(of: 0..<Int32(count), seed: 5, epoch: 2)
    }

    /// What the graph makes of them on a backend, in portions of so many pictures.
    package func changed(on backend: any Backend, portion: Int) throws -> [Float] {
        let shape = Shape([count] + sampleShape)
        let width = draws.count / count
        let graph = AugmentationGraph(augmentation, axes, limit: portion * axes.count)
        let executable = try backend.compile(
            Graph(outputs: [
                "y": graph(.input("x", shape), .input("draws", [count, width]))
            ]))
        try backend.write(pixels, to: executable.buffer(named: "x"))
        try backend.write(draws, to: executable.buffer(named: "draws"))
        try executable.run()
        return try backend.readFloats(executable.buffer(named: "y"))
    }

    /// The same by the definitions of the changes, one after the other.
    package var expected: [Float] {
        let width = draws.count / count
        return (0..<count).flatMap { picture in
            var left = Array(draws[picture * width..<(picture + 1) * width])[...]
            let mirrored = augmentation.flip ? left.removeFirst() == 1 : false
            let shift = augmentation.shift > 0 ? (left.removeFirst(), left.removeFirst()) : (0, 0)
            let crop = augmentation.crop > 0 ? (left.removeFirst(), left.removeFirst()) : (0, 0)
            let cut = augmentation.cutout > 0 ? (left.removeFirst(), left.removeFirst()) : (0, 0)
            return (0..<axes.channels).map { channel in
                var plane = plane(channel, of: picture)
                plane = moved(plane, shift) { row, column in
                    plane[min(max(row, 0), axes.height - 1)][min(max(column, 0), axes.width - 1)]
                }
                plane = moved(plane, crop) { row, column in
                    guard (0..<axes.height).contains(row), (0..<axes.width).contains(column)
                    else { return 0 }
                    return plane[row][column]
                }
                if mirrored { plane = plane.map { $0.reversed() } }
                for row in 0..<augmentation.cutout {
                    for column in 0..<augmentation.cutout {
                        let (row, column) = (Int(cut.0) + row, Int(cut.1) + column)
                        guard (0..<axes.height).contains(row), (0..<axes.width).contains(column)
                        else { continue }
                        plane[row][column] = 0
                    }
                }
                return plane
            }.interleaved(axes.isInterleaved)
        }
    }

    private func plane(_ channel: Int, of picture: Int) -> [[Float]] {
        (0..<axes.height).map { row in
            (0..<axes.width).map { column in
                let place = row * axes.width + column
                return pixels[
                    picture * axes.count
                        + (axes.isInterleaved
                            ? place * axes.channels + channel
                            : channel * axes.height * axes.width + place)]
            }
        }
    }

    private func moved(
        _ plane: [[Float]], _ distance: (Float, Float), _ pixel: (Int, Int) -> Float
    ) -> [[Float]] {
        plane.indices.map { row in
            plane[row].indices.map { pixel(row + Int(distance.0), $0 + Int(distance.1)) }
        }
    }
}

extension [[[Float]]] {
    /// Planes one after the other, or the channels of each pixel beside each other.
    fileprivate func interleaved(_ isInterleaved: Bool) -> [Float] {
        guard isInterleaved else { return flatMap { $0.flatMap { $0 } } }
        return self[0].indices.flatMap { row in
            self[0][row].indices.flatMap { column in map { $0[row][column] } }
        }
    }
}
