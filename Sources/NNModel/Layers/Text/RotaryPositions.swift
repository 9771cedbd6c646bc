import Foundation
import NNGraph

/// Turns the pairs of numbers of each place by angles that grow with the place (Su et al., 2021), so that the product of
/// two rows depends on the distance of their places alone.
///
/// Pair i of a row are its numbers i and i + width/2, as in Llama; at place t it turns by `t · base^(−2i/width)`.
struct RotaryPositions {
    private let half: Int
    private let cosines, sines: Tensor

    /// Computes the angles of so many places for rows of so many numbers.
    ///
    /// - Throws: ``ModelError/option(layer:name:value:expected:)`` for an odd width, or a base that is not above 1.
    init(count: Int, width: Int, base: Double, in pass: ForwardPass) throws {
        guard width.isMultiple(of: 2) else {
            throw ModelError.option(
                layer: pass.place, name: "width of a head", value: "\(width)",
                expected: "an even one for rotary positions, which turn pairs of numbers")
        }
        guard base > 1, base.isFinite else {
            throw ModelError.option(
                layer: pass.place, name: "rotary base", value: "\(base)",
                expected: "a number above 1, such as 10000")
        }
        half = width / 2
        // In double precision: an angle is as large as the last place.
        let angles = (0..<count).flatMap { place in
            (0..<width / 2).map { Double(place) * pow(base, -2 * Double($0) / Double(width)) }
        }
        cosines = try .constant(angles.map { cos($0) }, [count, width / 2])
        sines = try .constant(angles.map { sin($0) }, [count, width / 2])
    }

    /// x [..., places, width] with the rows of its places turned.
    func callAsFunction(_ x: Tensor) throws -> Tensor {
        let first = try x.slice(0..<half, axis: -1)
        let second = try x.slice(half..<2 * half, axis: -1)
        return try concatenate(
            [first * cosines - second * sines, second * cosines + first * sines], axis: -1)
    }
}
