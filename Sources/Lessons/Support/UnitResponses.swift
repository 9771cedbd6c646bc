import Charts
import Foundation
import NNGPU

extension Hierarchy {
    /// What the units of a layer give at all places of all pictures, [pictures, units, side, side].
    struct UnitResponses {
        /// The number of units.
        let units: Int
        private let side: Int
        private let values: [Float]
        private let data: Dataset

        /// Describes the results of a layer for the pictures of a data set.
        init(_ values: [Float], units: Int, of data: Dataset) {
            self.units = units
            self.values = values
            self.data = data
            side = Int(Double(values.count / (data.count * units)).squareRoot())
        }

        /// The strongest response of each unit in each quarter of each picture, [pictures, units, 4].
        var quarters: [Float] {
            let half = side / 2
            return (0..<data.count * units * 4).map { index in
                let (map, quarter) = (index / 4, index % 4)
                let (top, left) = (quarter / 2 * half, quarter % 2 * half)
                return (0..<half * half).reduce(-.infinity) { largest, place in
                    let (row, column) = (top + place / half, left + place % half)
                    return max(largest, values[(map * side + row) * side + column])
                }
            }
        }

        /// How much of the variance of a unit's strongest responses lies between the classes; the mean over the units
        /// that ever respond.
        var explainedByClass: Double {
            let shares = (0..<units).compactMap { unit -> Double? in
                let strongest = (0..<data.count).map { Double(self.strongest(unit, $0).value) }
                let mean = Statistics.mean(strongest)
                let all = strongest.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
                let between = Outline.allCases.reduce(0.0) { sum, outline in
                    let members = strongest.indices.filter {
                        data.targets[$0] == Float(outline.rawValue)
                    }
                    let total = members.reduce(0) { $0 + strongest[$1] - mean }
                    return sum + total * total / Double(members.count)
                }
                return all > 0 ? between / all : nil
            }
            return Statistics.mean(shares)
        }

        /// The pictures that excite units most, with a frame around what such a unit sees of them: five times as many
        /// pixels as lie between two places of the layer.
        func gallery(layer: Int) -> Gallery {
            let step = Outline.size / side
            let ranked = (0..<units).map { unit in
                (0..<data.count).map { (sample: $0, peak: strongest(unit, $0)) }
                    .sorted { ($1.peak.value, $0.sample) < ($0.peak.value, $1.sample) }
                    .prefix(Self.shownPictures)
            }
            let order = (0..<units).sorted {
                (ranked[$1][0].peak.value, $0) < (ranked[$0][0].peak.value, $1)
            }
            let rows = order.prefix(Self.shownUnits).sorted().map { unit in
                let classes = ranked[unit].map { data.targets[$0.sample] }
                let count = Dictionary(grouping: classes) { $0 }.max {
                    ($0.value.count, $1.key) < ($1.value.count, $0.key)
                }
                let outline = count.flatMap { Outline(rawValue: Int($0.key)) }
                return Gallery.Row(
                    "unit \(unit + 1): \(count?.value.count ?? 0) of \(classes.count) are a "
                        + (outline.map { "\($0)" } ?? ""),
                    ranked[unit].compactMap { sample, peak in
                        picture(
                            sample,
                            region: .init(
                                left: Double(step * (peak.column - 2)),
                                top: Double(step * (peak.row - 2)),
                                width: Double(5 * step), height: Double(5 * step)))
                    })
            }
            return Gallery(
                "What excites units of layer \(layer) most", rows: rows,
                caption:
                    "The units with the strongest responses, and the test pictures of these. "
                    + "Framed is what the unit sees, "
                    + (5 * step < Outline.size
                        ? "\(5 * step) × \(5 * step) pixels." : "which may be the whole picture."))
        }

        private static let (shownUnits, shownPictures) = (4, 8)

        private func picture(_ sample: Int, region: Gallery.Region) -> Gallery.Picture? {
            let pixels = Outline.size * Outline.size
            let values = data.features[sample * pixels..<(sample + 1) * pixels].map { $0 + 0.5 }
            let outline = Outline(rawValue: Int(data.targets[sample])).map { "\($0)" } ?? ""
            return PageImage(width: Outline.size, height: Outline.size, values: values).map {
                Gallery.Picture($0, outline, region: region)
            }
        }

        /// The strongest response of a unit anywhere in a picture, and where it is.
        private func strongest(
            _ unit: Int, _ sample: Int
        ) -> (value: Float, row: Int, column: Int) {
            let start = (sample * units + unit) * side * side
            let place = (0..<side * side).max { values[start + $0] < values[start + $1] } ?? 0
            return (values[start + place], place / side, place % side)
        }
    }
}
