/// All lessons, in the order of the lecture.
public enum Curriculum {
    /// The lessons, first to last.
    public static let lessons: [any Lesson] = [
        Neuron(), LinearBarrier(), FeatureMap(), HiddenLayer(), Activations(), Collapse(),
        Universal(), Depth(), Landscape(), Descent(), Gradients(), ChainRule(), OuterProduct(),
        Overflow(), LogSumExp(), Hierarchy(),
    ]

    /// The lesson of that name; nil if there is none.
    public static func lesson(_ identifier: String) -> (any Lesson)? {
        lessons.first { $0.identifier == identifier }
    }
}
