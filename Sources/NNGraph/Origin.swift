/// Which part of a model a tensor belongs to, for messages.
///
/// A tensor takes it from where it is made and computes nothing with it: two tensors that differ in
/// nothing else run the same kernels.
public struct Origin: Hashable, Sendable {
    /// The part, such as `layer 2 (Linear)` or `the loss`.
    public let part: String
    /// Where the part was written down, such as `Example/main.swift:12`; nil if it was not in Swift.
    public let source: String?
    /// Whether the tensor belongs to the derivative of the part.
    public let isGradient: Bool

    /// Names a part of a model.
    public init(_ part: String, source: String? = nil, isGradient: Bool = false) {
        self.part = part
        self.source = source
        self.isGradient = isGradient
    }

    @TaskLocal private static var innermost: Origin?

    /// The part that is being built.
    public static var current: Origin? { innermost }

    /// Builds something whose tensors belong to a part; nil for no part.
    public static func within<Result>(
        _ origin: Origin?, _ build: () throws -> Result
    ) rethrows -> Result {
        try $innermost.withValue(origin, operation: build)
    }

    /// The same part, as where its derivative comes from.
    var gradient: Origin { Origin(part, source: source, isGradient: true) }
}

extension Origin: CustomStringConvertible {
    /// The part and where it was written down.
    public var description: String {
        (isGradient ? "the gradient of \(part)" : part) + (source.map { " at \($0)" } ?? "")
    }
}
