/// Kernels in stages as one launch: those of a stage do not depend on each other, and a stage begins
/// when all of the stage before is done.
///
/// A launch costs a CPU some ten microseconds to wake its cores, and a core that has done its share
/// of one waits for the next. The text depends on what is computed alone: sizes, stages, and who
/// computes what, are data.
struct Chain {
    private let stages: [[KernelCall]]
    /// Those of all stages, in their order.
    private let calls: [KernelCall]
    /// The texts of the functions: calls that differ in nothing but their arguments share one.
    private let functions: [String]
    /// The function of each call.
    private let functionIndices: [Int]

    /// What stands between the labels of kernels that run side by side.
    static let separator = " & "
    /// The counters of a worker in `Kernels/chain.cl`: whole cache lines, and pairs of them.
    static let workerWords = 32
    /// The stages that there are counters for.
    static let stageLimit = workerWords - 1
    /// The bytes of arguments that every OpenCL device allows.
    private static let argumentLimit = 1024

    init(_ stages: [[KernelCall]], vectorWidth: Int) {
        self.stages = stages
        calls = stages.flatMap(\.self)
        var functions: [String] = []
        functionIndices = calls.map { call in
            let text = call.text(vectorWidth: vectorWidth)
            if let index = functions.firstIndex(of: text) { return index }
            functions.append(text)
            return functions.count - 1
        }
        self.functions = functions
    }

    /// Whether a launch can hold so many stages and take all their buffers.
    static func fits(_ stages: [[KernelCall]]) -> Bool {
        let buffers = stages.joined().flatMap(\.arguments).count { $0 is Buffer }
        // The schedule, what workers share, and local memory.
        return stages.count <= stageLimit && 8 * (buffers + 3) <= argumentLimit
    }

    /// What the calls are, for listings.
    var label: String {
        stages.map { $0.map(\.label).joined(separator: Self.separator) }.joined(
            separator: ", then ")
    }

    var cost: Launch.Cost {
        calls.map(\.cost).reduce(into: Launch.Cost()) {
            $0.bytes += $1.bytes
            $0.flops += $1.flops
        }
    }

    /// How many of so many cores find a task, and one that is worth the time of waking them.
    func workers(outOf cores: Int, wakingAll: Bool = false) -> Int {
        let tasks = stages.map { $0.map(\.groupCount).reduce(0, +) }.max() ?? 1
        let work = calls.map { $0.workPerGroup * $0.groupCount }.reduce(0, +)
        return max(1, min(cores, tasks, wakingAll ? cores : work / Self.worthwhileWork))
    }

    /// About what a core does while another one wakes.
    private static let worthwhileWork = 1 << 21

    // MARK: - Text

    /// The program, to be built with the macro `IN_CHAIN`.
    var source: String {
        let shared = KernelFile.shared.map(\.text).joined()
        let own = functions.enumerated().map { $1.renamed("_\($0)") }.joined()
        return """
            \(shared)\(own)
            #define PARAMETERS \(parameters.joined(separator: ", "))
            #define CALLS \(functions.indices.map(statement).joined(separator: " "))
            #define CALL_COUNT \(calls.count)
            #define WORKER_WORDS \(Self.workerWords)
            \(KernelFile.chain.text)
            """
    }

    private var parameters: [String] {
        calls.enumerated().flatMap { index, call in
            call.arguments.enumerated().compactMap { place, argument in
                argument is Buffer ? "__global void *x\(index)_\(place)" : nil
            }
        }
    }

    /// What calls a function for those of the calls that are its own.
    private func statement(ofFunction function: Int) -> String {
        let indices = calls.indices.filter { functionIndices[$0] == function }
        let call = calls[indices[0]]
        var number = call.extents.count
        let arguments = call.arguments.enumerated().map { place, argument in
            if argument is Buffer {
                let last = "x\(indices[indices.count - 1])_\(place)"
                return indices.dropLast().reduce(into: "") {
                    $0 += "call == \($1) ? x\($1)_\(place) : "
                } + last
            }
            defer { number += 1 }
            let word = "numbers[\(number)]"
            return argument is LocalMemory ? "pool + \(word)" : type(of: argument).read(from: word)
        }
        let condition = indices.map { "call == \($0)" }.joined(separator: " || ")
        let all = (["place", "extents"] + arguments).joined(separator: ", ")
        return "if (\(condition)) \(call.name)_\(function)(\(all));"
    }

    // MARK: - Data

    /// The buffers of all calls in the order of the parameters.
    var buffers: [Buffer] { calls.flatMap { $0.arguments.compactMap { $0 as? Buffer } } }

    /// The local memory of the call that needs the most; some in any case, as it tells workers apart.
    var localMemory: LocalMemory {
        LocalMemory(
            byteCount: calls.map {
                $0.arguments.map { ($0 as? LocalMemory)?.byteCount ?? 0 }.reduce(0, +)
            }.reduce(64, max))
    }

    /// What the kernel reads as `schedule`, for so many workers.
    ///
    /// A worker gets the same part of every call, so that it finds what it wrote itself wherever
    /// parts of operands lie like those of results. In each stage long tasks come first, and short
    /// ones level out what is left.
    func schedule(workers: Int) -> [UInt32] {
        var starts: [Int] = []
        var tasks: [(call: Int, place: Int)] = []
        var next = 0
        for stage in stages {
            let order = (next..<next + stage.count).sorted {
                calls[$0].workPerGroup > calls[$1].workPerGroup
            }
            next += stage.count
            for worker in 0..<workers {
                starts.append(tasks.count)
                for call in order {
                    let count = calls[call].groupCount
                    tasks += (worker * count / workers..<(worker + 1) * count / workers).map {
                        (call, $0)
                    }
                }
            }
            starts.append(tasks.count)
        }
        var firstNumber = 3 + calls.count + starts.count
        let numbers = calls.map(\.numbers)
        let firstNumbers = numbers.map { own in
            defer { firstNumber += own.count }
            return firstNumber
        }
        let head = [workers, stages.count, firstNumber] + firstNumbers + starts
        return head.map { UInt32($0) } + numbers.joined()
            + tasks.flatMap { [UInt32($0.call), UInt32($0.place)] }
    }
}

extension KernelCall {
    /// The workgroups of the launch.
    fileprivate var groupCount: Int { groups.reduce(1, *) }

    /// The workgroups along each of three axes.
    fileprivate var extents: [Int] { Array((groups + [1, 1]).prefix(3)) }

    /// The extents and all arguments that are no buffers, as the kernel reads them.
    fileprivate var numbers: [UInt32] {
        var place = 0
        let arguments = arguments.compactMap { argument -> UInt32? in
            guard let memory = argument as? LocalMemory else { return argument.word }
            defer { place += memory.byteCount / 4 }
            return UInt32(place)
        }
        return extents.map { UInt32($0) } + arguments
    }

    /// What a group costs, in floating-point operations; moving a byte takes as long as a dozen.
    fileprivate var workPerGroup: Int { (cost.flops + 12 * cost.bytes) / groupCount }

    /// The kernel without the files that all share.
    fileprivate func text(vectorWidth: Int) -> String {
        let macros = options.split(separator: " ").map { option in
            let parts = option.dropFirst("-D".count).split(separator: "=")
            return "#define \(parts.joined(separator: " "))\n"
        }
        let needed = file.needed.filter { !KernelFile.shared.contains($0) }
        return
            (macros + needed.map(\.text) + bodies.map { $0.text(vectorWidth: vectorWidth) }
            + [file.text]).joined()
    }
}

extension String {
    /// A text of OpenCL C whose functions have a suffix, and whose macros end where it ends, so that
    /// it can stand beside others.
    fileprivate func renamed(_ suffix: String) -> String {
        let lines = split(separator: "\n")
        let functions = lines.compactMap { line -> Substring? in
            guard line.hasPrefix("static ") || line.hasPrefix("SERIAL_KERNEL ") else { return nil }
            return line.prefix { $0 != "(" }.split(separator: " ").last
        }
        let macros = lines.filter { $0.hasPrefix("#define ") }.map { line in
            line.dropFirst("#define ".count).prefix { $0 == "_" || $0.isLetter || $0.isNumber }
        }
        let names = Set(functions).sorted()
        return names.map { "#define \($0) \($0)\(suffix)\n" }.joined() + self
            + (names + Set(macros).sorted()).map { "#undef \($0)\n" }.joined()
    }
}
