/// A choice for a product, with what it depends on: what a tuner wants measured.
struct Trial: Codable, Hashable {
    let shape: ProductShape
    let choice: ProductChoice
    /// What CLBlast is given, if it is the choice.
    let clBlastParameters: CLBlastParameters

    /// What came of it.
    enum Outcome: Codable, Equatable {
        case measured(Measurement)
        /// It did not build, broke a rule of the device, crashed or took too long.
        case failed(String)
    }

    /// How fast and how right a choice is.
    struct Measurement: Codable, Equatable {
        /// The time of one product, in seconds.
        let seconds: Double
        /// The largest error of an element, as a share of the sum of its terms' magnitudes.
        let relativeError: Double
    }

    /// The relative error that summing in single precision, in any order, stays within.
    var errorBound: Double {
        // One rounding for each term, and one for every operation of the epilogue.
        Double(shape.k + 2 * (shape.reads + shape.writes)) * Double(Float.ulpOfOne) / 2
    }
}
