/// How many of many numbers lie between which limits.
///
/// A bucket holds the numbers that share sign, exponent and the first three bits of their fraction: its
/// limits lie 7 to 12 % apart, for weights and for gradients a millionth of their size alike, and a number
/// finds its bucket without any arithmetic.
struct Histogram {
    private(set) var minimum = Double.infinity
    private(set) var maximum = -Double.infinity
    private(set) var count = 0
    private(set) var sum = 0.0
    private(set) var sumOfSquares = 0.0
    /// The upper limit of each bucket and how many lie in it, by rising limits.
    private(set) var buckets: [(limit: Double, count: Int)] = []

    /// Counts the finite ones of some numbers; nil if there are none.
    init?(of numbers: ArraySlice<Float>) {
        var counts = [Int](repeating: 0, count: 2 * Self.half)
        for number in numbers where number.isFinite {
            let value = Double(number)
            minimum = min(minimum, value)
            maximum = max(maximum, value)
            sum += value
            sumOfSquares += value * value
            count += 1
            counts[Self.place(of: number)] += 1
        }
        guard count > 0 else { return nil }
        let used = Self.place(of: Float(minimum))...Self.place(of: Float(maximum))
        for place in used {
            // One bucket stands for all neighboring empty ones.
            guard counts[place] > 0 || (place < used.upperBound && counts[place + 1] > 0) else {
                continue
            }
            buckets.append((Self.upperLimit(of: place), counts[place]))
        }
    }

    /// The number of places for either sign.
    private static let half = 1 << 11
    private static let droppedBits = 20

    /// The place of a number's bucket among all, by rising numbers.
    private static func place(of number: Float) -> Int {
        let magnitude = Int(number.magnitude.bitPattern >> droppedBits)
        return number.sign == .minus && number != 0 ? half - 1 - magnitude : half + magnitude
    }

    private static func upperLimit(of place: Int) -> Double {
        let magnitude = place < half ? half - 1 - place : place - half + 1
        let limit = Float(bitPattern: UInt32(magnitude) << droppedBits)
        return Double(place < half ? -limit : min(limit, .greatestFiniteMagnitude))
    }
}

extension Histogram {
    /// The histogram as an event file has it.
    var message: HistogramProto {
        .with {
            $0.min = minimum
            $0.max = maximum
            $0.num = Double(count)
            $0.sum = sum
            $0.sumSquares = sumOfSquares
            $0.bucketLimit = buckets.map(\.limit)
            $0.bucket = buckets.map { Double($0.count) }
        }
    }
}
