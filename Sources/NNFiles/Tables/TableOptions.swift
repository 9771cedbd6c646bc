/// How a table of text is read, where its rows do not tell or tell it wrongly.
public struct TableOptions: Sendable, Equatable {
    /// Whether the first row has the names of the columns; nil for what the rows look like.
    public var hasHeader: Bool?
    /// What separates fields, an ASCII character; nil for what the rows look like.
    public var delimiter: UInt8?
    /// The columns to predict, by name or by number from 1; none for the one that looks like it.
    public var targets: [String]
    /// The columns to leave out, by name or by number from 1.
    public var ignored: [String]
    /// What becomes of fields without a value.
    public var missing: MissingValues
    /// The features that a model takes, by name and in its order, for tables that have names; nil for all there are.
    public var columns: [String]?

    /// Options that are all left to the rows.
    public init(
        hasHeader: Bool? = nil, delimiter: UInt8? = nil, targets: [String] = [],
        ignored: [String] = [], missing: MissingValues = .refuse, columns: [String]? = nil
    ) {
        self.hasHeader = hasHeader
        self.delimiter = delimiter
        self.targets = targets
        self.ignored = ignored
        self.missing = missing
        self.columns = columns
    }
}

/// What becomes of fields without a value: empty ones, and those that pandas takes for such, as well as `?`.
public enum MissingValues: String, Sendable, CaseIterable {
    /// The table is refused.
    case refuse
    /// Rows that have one are left out.
    case drop
    /// Features without a value are NaN, which the model replaces by the training samples' mean of their column.
    case mean
}
