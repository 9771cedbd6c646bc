/// Each worker's list of tasks in each stage of a chain, from which idle workers steal: what the kernel
/// reads as `schedule`.
struct Schedule {
    /// The uints of a cache line and its neighbor (`LINE_WORDS` in `Kernels/chain.cl`).
    private static let lineWords = 32
    /// About what a core does while another one wakes.
    private static let worthwhileWork = 1 << 21

    /// The workgroups of the launch.
    let workers: Int
    /// The words, in the order that `Kernels/chain.cl` describes.
    let words: [UInt32]

    /// Divides a chain among workers.
    ///
    /// Worker w gets the w-th slice of every call. Consecutive kernels usually slice their data alike, so
    /// it finds its inputs in its own cache. In each stage long tasks come first, and short ones level
    /// out what is left. The counters of stages begin at `counterWords` in what the workers share.
    init(_ chain: Chain, workers: Int, counterWords: Int = 0) {
        var starts: [UInt32] = []
        var tasks: [UInt32] = []
        var next = 0
        for stage in chain.stages {
            let order = (next..<next + stage.count).sorted {
                chain.calls[$0].workPerGroup > chain.calls[$1].workPerGroup
            }
            next += stage.count
            for worker in 0..<workers {
                starts.append(UInt32(tasks.count / 2))
                for call in order {
                    let count = chain.calls[call].groupCount
                    for place in worker * count / workers..<(worker + 1) * count / workers {
                        tasks.append(UInt32(call))
                        tasks.append(UInt32(place))
                    }
                }
            }
            starts.append(UInt32(tasks.count / 2))
        }
        let callCount = chain.calls.count
        var firstNumber = 5 + callCount + starts.count
        let firstNumbers = chain.numbers.map { own in
            defer { firstNumber += own.count }
            return UInt32(firstNumber)
        }
        let head = [workers, chain.stages.count, firstNumber, counterWords, callCount]
        self.workers = workers
        words = head.map { UInt32($0) } + firstNumbers + starts + chain.numbers.joined() + tasks
    }

    /// How many of so many cores find a task in a chain, and one that is worth the time of waking them.
    static func workers(for chain: Chain, outOf cores: Int, wakingAll: Bool = false) -> Int {
        let tasks = chain.stages.map { $0.map(\.groupCount).reduce(0, +) }.max() ?? 1
        let work = chain.calls.map { $0.workPerGroup * $0.groupCount }.reduce(0, +)
        return max(1, min(cores, tasks, wakingAll ? cores : work / worthwhileWork))
    }

    /// Where the counters of stages begin in what so many workers share, in uints.
    static func counterWords(forWorkers workers: Int) -> Int { (1 + workers) * lineWords }

    /// What so many workers share for so many stages, in bytes.
    static func sharedBytes(forWorkers workers: Int, stages: Int) -> Int {
        let row = (stages + lineWords) / lineWords * lineWords
        let words = counterWords(forWorkers: workers) + (1 + workers) * row
        return words * MemoryLayout<UInt32>.size
    }
}
