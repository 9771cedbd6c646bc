/// What a pass of the compiler leaves of a graph, for people.
public struct PassListing: Sendable {
    /// The pass.
    public let name: String
    /// What holds after it.
    public let promises: [String]
    /// The program, a line for each operation, kernel, unit or storage.
    public let lines: [String]
}
