import Foundation

/// Where the numbers of an axis lie, as shares of its length, and which of them are written beside it.
struct Projection {
    /// A number that is written beside the axis.
    struct Tick {
        let value: Double
        let label: String
    }

    let range: ClosedRange<Double>
    let ticks: [Tick]
    private let isLogarithmic: Bool

    /// Fits an axis around numbers; `tickCount` is about how many labels there is room for.
    init(_ axis: Axis, fitting numbers: [Double], tickCount: Int) {
        switch axis.scale {
        case .categories(let names):
            isLogarithmic = false
            range = -0.5...Double(max(1, names.count)) - 0.5
            ticks = names.enumerated().map { Tick(value: Double($0.offset), label: $0.element) }
        case .logarithmic:
            isLogarithmic = true
            let powers = numbers.filter { $0 > 0 && $0.isFinite }.map(log10)
            let given = axis.range.map { log10($0.lowerBound)...log10($0.upperBound) }
            let exact = given ?? Self.powerBounds(powers)
            let lower = given?.lowerBound ?? Self.mantissaBound(exact.lowerBound, .down)
            let upper = given?.upperBound ?? Self.mantissaBound(exact.upperBound, .up)
            range = lower...max(upper, lower + 0.1)
            ticks = Self.logarithmicTicks(range, count: tickCount)
        case .linear:
            isLogarithmic = false
            let exact = axis.range ?? Self.bounds(numbers.filter(\.isFinite))
            let step = Self.niceStep(exact.upperBound - exact.lowerBound, count: tickCount)
            let lower = axis.range?.lowerBound ?? (exact.lowerBound / step).rounded(.down) * step
            let upper = axis.range?.upperBound ?? (exact.upperBound / step).rounded(.up) * step
            let end = max(upper, lower + step)
            let largest = max(abs(lower), abs(end))
            range = lower...end
            let first = (lower / step - 1e-9).rounded(.up)
            let last = (end / step + 1e-9).rounded(.down)
            ticks = stride(from: first, through: last, by: 1).map {
                Tick(
                    value: $0 * step, label: Self.label($0 * step, step: step, largest: largest))
            }
        }
    }

    /// The share of the axis that lies before a number; nil if it has no place on the axis.
    func position(_ number: Double) -> Double? {
        guard number.isFinite, !isLogarithmic || number > 0 else { return nil }
        return share(isLogarithmic ? log10(number) : number)
    }

    /// The share of the axis that lies before a tick.
    func position(of tick: Tick) -> Double { share(tick.value) }

    private func share(_ value: Double) -> Double {
        (value - range.lowerBound) / (range.upperBound - range.lowerBound)
    }

    /// The logarithms of 1, 2 and 5: what is written between powers of ten.
    private static let mantissas = [0, log10(2.0), log10(5.0)]

    /// The nearest 1, 2 or 5 times a power of ten on one side, as a logarithm.
    private static func mantissaBound(
        _ power: Double, _ rule: FloatingPointRoundingRule
    ) -> Double {
        let decade = power.rounded(.down)
        let candidates = (mantissas + [1]).map { decade + $0 }
        return rule == .down
            ? candidates.last { $0 <= power + 1e-9 } ?? decade
            : candidates.first { $0 >= power - 1e-9 } ?? decade + 1
    }

    private static func logarithmicTicks(_ range: ClosedRange<Double>, count: Int) -> [Tick] {
        let (lower, upper) = (range.lowerBound - 1e-9, range.upperBound + 1e-9)
        let decades = Array(stride(from: lower.rounded(.down), through: upper, by: 1))
        let step = max(1, ((upper - lower) / Double(count)).rounded(.up))
        let powers =
            upper - lower > 2
            ? Array(stride(from: lower.rounded(.up), through: upper, by: step))
            : decades.flatMap { decade in mantissas.map { decade + $0 } }
        let shown = powers.filter { $0 >= lower && $0 <= upper }
        // Zeros are easier to read than powers as long as they are few.
        let isPlain = shown.allSatisfy { (-2...4).contains($0) }
        return shown.map { power in
            let decade = (power + 1e-9).rounded(.down)
            let mantissa = Int(pow(10, power - decade).rounded())
            let plain = String(format: "%.\(max(0, Int(-decade)))f", pow(10, power))
            let exponent = "10" + Typography.superscript(String(Int(decade)))
            return Tick(
                value: power,
                label: isPlain ? plain : mantissa == 1 ? exponent : "\(mantissa)·\(exponent)")
        }
    }

    private static func bounds(_ numbers: [Double]) -> ClosedRange<Double> {
        guard let lower = numbers.min(), let upper = numbers.max() else { return 0...1 }
        if lower < upper { return lower...upper }
        // A single number still needs an axis around it, with the zero that it is compared with.
        return lower == 0 ? -1...1 : min(0, 2 * lower)...max(0, 2 * upper)
    }

    /// 1, 2 or 5 times a power of ten: the steps that people count in.
    private static func niceStep(_ length: Double, count: Int) -> Double {
        let rough = Swift.max(length, .leastNormalMagnitude) / Double(count)
        let power = pow(10, log10(rough).rounded(.down))
        let factor = [1, 2, 5].first { $0 * power >= rough * 0.999 } ?? 10
        return factor * power
    }

    private static func powerBounds(_ powers: [Double]) -> ClosedRange<Double> {
        guard let lower = powers.min(), let upper = powers.max() else { return 0...1 }
        return lower < upper ? lower...upper : lower - 0.5...upper + 0.5
    }

    /// A number with as many decimals as the step needs, and one power of ten for the whole axis.
    private static func label(_ value: Double, step: Double, largest: Double) -> String {
        guard value != 0 else { return "0" }
        let isPower = largest >= 1e5 || largest < 1e-2
        let exponent = isPower ? log10(largest).rounded(.down) : 0
        let unit = pow(10, exponent)
        let decimals = Swift.max(0, Int((-log10(step / unit * 1.001)).rounded(.up)))
        let digits = Typography.minus(String(format: "%.\(decimals)f", value / unit))
        return isPower ? "\(digits)·10" + Typography.superscript(String(Int(exponent))) : digits
    }
}
