import NNGraph

/// All that the compiler asks of a device.
///
/// A target lowers kernel groups to units through ``ProgramBuilder``. It gets back stages and a
/// ``MemoryPlan``, which it binds to memory of its own.
package protocol CompilerTarget {
    /// What a unit asks of the device.
    associatedtype Work

    /// Whether rows of some matrices are kept from lying a power of two apart (``Graph/tensorsToPad``).
    var padsRows: Bool { get }
    /// Whether independent units run concurrently; if not, every unit is a stage of its own.
    var runsUnitsAtOnce: Bool { get }
    /// What the device asks of memory.
    var memoryLimits: MemoryLimits { get }

    /// Adds the units that compute a group, whose source is no concatenation.
    func lower(_ group: KernelGroup, in program: ProgramBuilder<Self>) throws

    /// The work of copying a view element by element.
    func copy(_ source: View, to destination: View) -> Work
}
