import NNGraph

/// A device as the compiler sees it: what makes units of kernel groups.
package protocol CompilerTarget {
    /// What a unit asks of the device.
    associatedtype Work

    /// Whether rows of some matrices are kept from lying a power of two apart (``Graph/tensorsToPad``).
    var padsRows: Bool { get }
    /// Whether units that do not depend on each other run at once.
    var runsUnitsAtOnce: Bool { get }
    /// What the device asks of memory.
    var memoryLimits: MemoryLimits { get }

    /// Adds the units that compute a group, whose source is no concatenation.
    func lower(_ group: KernelGroup, in program: ProgramBuilder<Self>) throws

    /// The work of copying a view element by element.
    func copy(_ source: View, to destination: View) -> Work
}
