import NNFiles
import NNModel

/// How the numbers of an input are scaled before a model takes them.
public enum Scale: String, Sendable, CaseIterable {
    /// Bytes stand for numbers from 0 to 1, other numbers are taken as they are.
    case auto
    /// Everything is taken as it is, bytes as 0 to 255.
    case none
    /// Bytes stand for numbers from 0 to 1, and other numbers are brought there by their least and largest.
    case unit
    /// Numbers get the mean 0 and the standard deviation 1.
    case standard
}

extension Dataset.Input {
    /// What prepares the input for a model, from these samples: by column of a table, by channel of an image
    /// [channels, height, width], and for all places alike of what has two axes.
    ///
    /// A column of one value alone is moved to 0 and not scaled.
    ///
    /// - Parameter scale: How.
    /// - Returns: Nothing where nothing is to be done.
    /// - Throws: ``ModelError`` for numbers that are not finite, ``DataError`` for images that cannot be read.
    public func preparation(_ scale: Scale) throws -> Preparation? {
        let isBytes: Bool
        switch values {
        case .int32s, .tokens: return nil
        case .floats: isBytes = false
        case .unorm8, .images: isBytes = true
        }
        switch scale {
        case .auto: return nil
        case .none: return isBytes ? Preparation(shift: 0, factor: 255) : nil
        case .unit:
            guard !isBytes else { return nil }
            return try preparation { numbers in (numbers.least, numbers.most - numbers.least) }
        case .standard: return try preparation { numbers in (numbers.mean, numbers.deviation) }
        }
    }

    /// A preparation by a shift and a spread of the numbers of each place.
    private func preparation(
        _ measure: (Numbers) -> (shift: Double, spread: Double)
    ) throws -> Preparation {
        // Samples with two axes or more than three have no places that mean the same by themselves.
        let count = [1, 3].contains(sampleShape.count) ? sampleShape[0] : 1
        let run = max(1, width / max(1, count))
        var numbers = [Numbers](repeating: Numbers(), count: count)
        try forEachNumber { place, value in numbers[place / run].add(Double(value)) }
        let measured = numbers.map(measure)
        let shift = measured.map { Float($0.shift) }
        let factor = measured.map { $0.spread > 0 ? Float(1 / $0.spread) : 1 }
        return count == 1
            ? Preparation(shift: shift[0], factor: factor[0])
            : try Preparation(shift: shift, factor: factor, axis: 0)
    }
}

extension Dataset.Input {
    /// Tells every number with its place in its sample, in portions that take little memory.
    func forEachNumber(
        _ body: (_ place: Int, _ number: Float) -> Void
    ) throws(DataError) {
        let portion = max(1, (1 << 20) / width) * width
        for start in stride(from: 0, to: values.count, by: portion) {
            let numbers = try values.numbers(start..<min(start + portion, values.count))
            for (place, number) in numbers.enumerated() { body(place % width, number) }
        }
    }
}

/// What is known of some numbers.
private struct Numbers {
    private(set) var least = Double.infinity
    private(set) var most = -Double.infinity
    private(set) var mean = 0.0
    private var squares = 0.0
    private var count = 0.0

    /// Adds a number (Welford 1962: no sum of large squares that cancel).
    mutating func add(_ value: Double) {
        least = min(least, value)
        most = max(most, value)
        count += 1
        let step = value - mean
        mean += step / count
        squares += step * (value - mean)
    }

    /// That of all of them, not of a sample of more: as scikit-learn's `StandardScaler`.
    var deviation: Double { (squares / max(1, count)).squareRoot() }
}
