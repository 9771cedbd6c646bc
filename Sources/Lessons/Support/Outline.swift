import Foundation
import NNGPU

extension Hierarchy {
    /// A shape of the pictures: nobody has to download them, and each picture is another.
    enum Outline: Int, CaseIterable {
        case disc, triangle, square, cross, star, hook

        /// The pictures' width and height.
        static let size = 16

        /// Pictures with numbers from −½ to ½, [1, size, size]: a shape with a place, an angle, a size
        /// and a shade, another shade behind it, and noise.
        static func pictures(
            _ count: Int, stream: UInt32, _ context: LessonContext
        ) throws -> Dataset {
            let (choices, pixels) = (7, size * size)
            let chosen = context.uniform(count * choices, in: 0...1, stream: stream)
            let noise = context.uniform(count * pixels, in: -0.1...0.1, stream: stream + 1)
            let classes = (0..<count).map { allCases[$0 % allCases.count] }
            let features = classes.enumerated().flatMap { sample, outline in
                let numbers = Array(chosen[sample * choices..<(sample + 1) * choices])
                let clean = outline.picture(numbers)
                return clean.indices.map { Float(clean[$0] + noise[sample * pixels + $0]) }
            }
            return try Dataset(
                name: "shapes", features: features, sampleShape: [1, size, size],
                targets: classes.map { Float($0.rawValue) }, targetWidth: 1,
                classNames: allCases.map { "\($0)" })
        }

        /// The corners, about as far from the center as 1.
        private var corners: [SIMD2<Double>] {
            func regular(_ radii: [Double], _ count: Int) -> [SIMD2<Double>] {
                (0..<count).map { corner in
                    let angle = 2 * Double.pi * Double(corner) / Double(count)
                    return radii[corner % radii.count] * SIMD2(cos(angle), sin(angle))
                }
            }
            switch self {
            case .disc: return regular([0.9], 16)
            case .triangle: return regular([1.1], 3)
            case .square: return regular([1.1], 4)
            case .star: return regular([1.1, 0.45], 10)
            case .cross:
                let arm = 0.33
                let quarter: [SIMD2<Double>] = [[arm, -arm], [1, -arm], [1, arm]]
                return (0..<4).flatMap { turn in
                    quarter.map { corner in
                        (0..<turn).reduce(corner) { corner, _ in [-corner.y, corner.x] }
                    }
                }
            case .hook:
                return [
                    [-0.75, -1], [-0.05, -1], [-0.05, 0.3], [0.75, 0.3], [0.75, 1], [-0.75, 1],
                ]
            }
        }

        /// The shape without noise, from seven numbers in [0, 1].
        private func picture(_ chosen: [Double]) -> [Double] {
            let angle = 2 * Double.pi * chosen[0]
            let radius = 5 + 2 * chosen[1]
            let center = SIMD2(6.5 + 3 * chosen[2], 6.5 + 3 * chosen[3])
            let corners = corners.map { corner in
                center + radius
                    * SIMD2(
                        cos(angle) * corner.x - sin(angle) * corner.y,
                        sin(angle) * corner.x + cos(angle) * corner.y)
            }
            let (dark, bright) = (-0.4 + 0.3 * chosen[4], 0.1 + 0.3 * chosen[5])
            let (shape, behind) = chosen[6] < 0.5 ? (bright, dark) : (dark, bright)
            return (0..<Self.size * Self.size).map { pixel in
                let (row, column) = (Double(pixel / Self.size), Double(pixel % Self.size))
                // How much of a pixel is covered says how many of four places in it are.
                let covered = [(0.25, 0.25), (0.25, 0.75), (0.75, 0.25), (0.75, 0.75)].count {
                    Self.contains(corners, SIMD2(column + $0.0, row + $0.1))
                }
                return behind + (shape - behind) * Double(covered) / 4
            }
        }

        /// Whether a ray from the place to the right leaves the outline once more often than it enters it.
        private static func contains(
            _ corners: [SIMD2<Double>], _ place: SIMD2<Double>
        ) -> Bool {
            var isInside = false
            var last = corners[corners.count - 1]
            for corner in corners {
                if (last.y > place.y) != (corner.y > place.y),
                    place.x < last.x
                        + (corner.x - last.x) * (place.y - last.y) / (corner.y - last.y)
                {
                    isInside.toggle()
                }
                last = corner
            }
            return isInside
        }
    }
}
