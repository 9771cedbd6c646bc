/// What the targets of a data set are, as far as their values and the way in which they are written tell.
public enum TargetKind: Sendable, Equatable {
    /// A class for each sample.
    case classes
    /// Numbers.
    case numbers
    /// A whole number for each sample, of so many different ones that they may be either.
    case unclear(distinct: Int)

    /// What one number for each sample stands for.
    ///
    /// Few whole numbers that count up from 0 or 1, and others of which each has many samples, are classes; more
    /// different ones than samples could teach are numbers; between these nobody can tell. Fractions are numbers, and
    /// so are whole numbers in a floating-point type or with a decimal point, unless they count up from 0.
    ///
    /// - Parameters:
    ///   - values: The numbers.
    ///   - areWhole: Whether they are of an integer type, or written as whole numbers.
    init(of values: [Float], areWhole: Bool) {
        // Labels among which is that of what counts for nothing are labels.
        let labelled = values.filter { $0 != ClassCoding.ignoredLabel }
        if labelled.count < values.count, labelled.min() == 0 || labelled.min() == 1,
            TargetKind(of: labelled, areWhole: areWhole) == .classes
        {
            self = .classes
            return
        }
        // From 2²⁴ on `Float` skips whole numbers, so two of them could have become one.
        guard values.allSatisfy({ $0 == $0.rounded() && abs($0) < 0x1p24 }) else {
            self = .numbers
            return
        }
        let distinct = Set(values).sorted()
        let samplesOfEach = Double(values.count) / Double(max(1, distinct.count))
        let isDense = (distinct.last ?? 0) - (distinct.first ?? 0) == Float(distinct.count - 1)
        let countsUp = isDense && (distinct.first == 0 || areWhole && distinct.first == 1)
        self =
            switch distinct.count {
            // A table of two or three rows has no more.
            case ...2: areWhole || countsUp ? .classes : .numbers
            case ...20 where countsUp && samplesOfEach >= 2: .classes
            case _ where countsUp && distinct.first == 0 && samplesOfEach >= 2: .classes
            case _ where !areWhole || samplesOfEach < 2: .numbers
            case ...100 where samplesOfEach >= 20: .classes
            default: .unclear(distinct: distinct.count)
            }
    }
}
