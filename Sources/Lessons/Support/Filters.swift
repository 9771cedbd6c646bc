import Charts
import Foundation
import NNGPU

extension Hierarchy {
    /// The filters of a layer that sees gray pictures.
    struct Filters {
        private let filters: [[Double]]

        /// Takes a weight [count, 1, side, side] apart.
        init(_ weight: [Double], count: Int) {
            let size = weight.count / count
            filters = stride(from: 0, to: weight.count, by: size).map {
                Array(weight[$0..<$0 + size])
            }
        }

        /// The mean over the filters of how much of a spectrum lies in one direction.
        var orientation: Double { Statistics.mean(filters.map(Self.orientation)) }

        /// The filters as pictures, a row for each of several layers.
        static func gallery(_ layers: [(name: String, filters: Filters)]) -> Gallery {
            let rows = layers.map { name, layer in
                Gallery.Row(
                    name,
                    layer.filters.enumerated().compactMap { index, weights in
                        let side = Self.side(of: weights)
                        return PageImage(
                            width: side, height: side, signed: weights.map { Float($0) }
                        ).map { Gallery.Picture($0, "filter \(index + 1), \(name)") }
                    })
            }
            return Gallery(
                "The filters of the first layer", rows: rows,
                caption:
                    "Gray is 0, white the largest magnitude of a filter and black its negative.")
        }

        private static func side(of filter: [Double]) -> Int {
            Int(Double(filter.count).squareRoot())
        }

        /// How much of a filter's spectrum lies in one direction: 0 if as much lies in all, 1 for stripes.
        private static func orientation(_ filter: [Double]) -> Double {
            let (side, frequencies) = (side(of: filter), 15)
            let mean = Statistics.mean(filter)
            var (power, along, across) = (0.0, 0.0, 0.0)
            for index in 0..<frequencies * frequencies {
                let (v, u) = (
                    index / frequencies - frequencies / 2, index % frequencies - frequencies / 2
                )
                var sum = SIMD2<Double>.zero
                for (place, value) in filter.enumerated() {
                    let phase =
                        2 * Double.pi * Double(u * (place % side) + v * (place / side))
                        / Double(frequencies)
                    sum += (value - mean) * SIMD2(cos(phase), sin(phase))
                }
                let part = (sum * sum).sum()
                // Twice the angle, as a direction and its opposite are the same.
                let angle = 2 * atan2(Double(v), Double(u))
                power += part
                along += part * cos(angle)
                across += part * sin(angle)
            }
            return power > 0 ? (along * along + across * across).squareRoot() / power : 0
        }
    }
}
