/// A fault of the compiler itself: passes that do not fit together, or one that does not keep what it
/// promises.
package enum CompilerError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A fusion rule that runs before one that it builds on.
    case ruleOrder(rule: String, before: String)
    /// A pass that runs while something does not hold that it needs.
    case passOrder(pass: String, needs: String)
    /// A program that is not as a pass says it leaves it.
    case broken(pass: String, promise: String, found: String)

    package var description: String {
        switch self {
        case .ruleOrder(let rule, let other):
            "The fusion rule \"\(rule)\" runs before \"\(other)\", whose groups it looks at: "
                + "put it after that in Fusion.rules."
        case .passOrder(let pass, let need):
            "The pass \"\(pass)\" runs where it does not hold that \(need): put it after the pass "
                + "that sees to that in Pipeline.passes."
        case .broken(let pass, let promise, let found):
            "After the pass \"\(pass)\" it does not hold that \(promise): \(found). This is a fault "
                + "of the compiler; please report it with the graph."
        }
    }
}
