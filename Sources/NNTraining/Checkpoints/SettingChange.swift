/// Something that a resumed training does otherwise than before.
public struct SettingChange: Sendable, Equatable, CustomStringConvertible {
    /// What it is.
    public let name: String
    /// What it was when the checkpoint was written.
    public let then: String
    /// What it is from now on.
    public let now: String

    /// A clause that says both.
    public var description: String { "\(name) is \(now) and was \(then)" }
}

extension Checkpoint {
    /// What a training with other settings does otherwise than before: with another learning rate or weight decay,
    /// which people change in the middle of a training.
    ///
    /// - Throws: ``CheckpointError/setting(name:then:now:)`` for any other setting that differs.
    func changes(to settings: [String: String]) throws(CheckpointError) -> [SettingChange] {
        var changes: [SettingChange] = []
        for (name, then) in record.settings.sorted(by: { $0.key < $1.key }) {
            let now = settings[name] ?? "none"
            if then == now { continue }
            if name == Self.rateName {
                changes.append(SettingChange(name: name, then: then, now: now))
            } else if then.withoutDecays == now.withoutDecays {
                for (old, new) in zip(then.decays, now.decays) where old != new {
                    changes.append(
                        SettingChange(name: "the weight decay", then: old, now: new))
                }
            } else {
                throw .setting(name: name, then: then.words, now: now.words)
            }
        }
        return changes
    }

    /// The name of the setting that is the learning rate.
    static let rateName = "the learning rate"
}

extension String {
    /// The numbers behind `weightDecay:` in the descriptions of optimizers.
    fileprivate var decays: [String] { matches(of: Self.decay).map { String($0.2) } }

    /// The text without these numbers.
    fileprivate var withoutDecays: String { replacing(Self.decay) { $0.1 } }

    /// The text without the names of types that Swift puts in front of a case.
    fileprivate var words: String { replacing(#/(\w+\.)+(?=\w+\()/#, with: "") }

    private static var decay: Regex<(Substring, Substring, Substring)> {
        #/(weightDecay: (?:[\w.]+\()?)([-+.\w]+)/#
    }
}
