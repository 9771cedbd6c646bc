import NNGraph

/// One step of a program: some work of the device and the memory that it touches.
///
/// The compiler orders units and gives them memory; what the work is, only the target knows.
package struct ProgramUnit<Work> {
    /// A loop of the work that goes through some views of one shape element by element: what it reads
    /// at a place it reads before it writes there, and not again.
    package struct Loop {
        package let reads: [View]
        package let writes: [View]

        package init(reads: [View], writes: [View]) {
            self.reads = reads
            self.writes = writes
        }
    }

    /// What it computes, for listings.
    package let label: String
    /// What the device is to do.
    package let work: Work
    /// What it reads in any order, also while it writes.
    package let otherReads: [View]
    /// What it reads and writes element by element.
    package let loops: [Loop]

    package init(_ label: String, _ work: Work, reading otherReads: [View] = [], loops: [Loop]) {
        self.label = label
        self.work = work
        self.otherReads = otherReads
        self.loops = loops
    }

    /// All that it reads.
    package var reads: [View] { otherReads + loops.flatMap(\.reads) }

    /// All that it writes.
    package var writes: [View] { loops.flatMap(\.writes) }
}
