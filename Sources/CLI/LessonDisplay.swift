/// A bar for a lesson that takes longer than a second, on a terminal.
final class LessonDisplay {
    private let name: String
    private let start = ContinuousClock.now
    private var showsBar = false

    init(_ name: String) {
        self.name = name
    }

    /// The time since the display was made, in seconds.
    var elapsed: Double { (ContinuousClock.now - start) / .seconds(1) }

    /// Shows which share of the lesson is done.
    func show(_ share: Double) {
        guard Console.isTerminal, elapsed > 1 else { return }
        let width = 24
        let filled = Int(Double(width) * min(1, max(0, share)))
        let bar =
            String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
        Console.redraw("\(name) \(bar) \(elapsed.duration)")
        showsBar = true
    }

    /// Removes the bar, so that what follows has a line of its own.
    func end() {
        if showsBar { Console.redraw("") }
        showsBar = false
    }
}
