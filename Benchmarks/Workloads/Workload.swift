/// Work on a backend that is repeated and timed.
public protocol Workload: AnyObject {
    /// Queues the work once.
    func run() throws

    /// Throws ``BenchmarkError`` unless the device computes what it should; run it before timing.
    func check() throws
}

/// Work whose timing would mean nothing.
public enum BenchmarkError: Error, Equatable, CustomStringConvertible {
    /// A result differs from the same computed in double precision by more than rounding explains.
    case wrong(what: String, found: Double, expected: Double)
    /// Steps on one batch do not make its loss smaller.
    case lossDoesNotFall(what: String, first: Double, last: Double)
    /// A network is no classifier of samples of one kind.
    case unsuitable(String)
    /// A suite knows no such case.
    case unknownCase(String)

    /// One sentence that says what is wrong.
    public var description: String {
        switch self {
        case .wrong(let what, let found, let expected):
            "The device computes \(what) wrongly, \(found) instead of \(expected), so its speed "
                + "means nothing; please report this."
        case .lossDoesNotFall(let what, let first, let last):
            "The device does not learn in \(what), as the loss goes from \(first) to \(last), so its "
                + "speed means nothing; please report this."
        case .unsuitable(let name):
            "Steps of \(name) cannot be measured: choose a network with one input of floats and one output with the "
                + "logits of several classes."
        case .unknownCase(let what):
            "There is no case \(what)."
        }
    }
}
