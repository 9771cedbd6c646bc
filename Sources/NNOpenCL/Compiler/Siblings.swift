/// Kernels that do not depend on each other as one launch, whose tasks are the groups of all of them.
///
/// A launch costs a CPU some ten microseconds to wake its cores, and a core that has done its share
/// of one waits for the next. The text depends on what is computed alone: sizes, and who computes
/// what, are arguments.
struct Siblings {
    /// Calls that differ in nothing but their arguments.
    private struct Function {
        let text: String
        var calls: [KernelCall]
    }

    private let functions: [Function]

    /// What stands between the labels of the kernels.
    static let separator = " & "

    init(_ calls: [KernelCall], vectorWidth: Int) {
        var functions: [Function] = []
        for call in calls {
            let text = call.text(vectorWidth: vectorWidth)
            if let index = functions.firstIndex(where: { $0.text == text }) {
                functions[index].calls.append(call)
            } else {
                functions.append(Function(text: text, calls: [call]))
            }
        }
        self.functions = functions
    }

    /// The calls in the order of their arguments.
    private var calls: [KernelCall] { functions.flatMap(\.calls) }

    /// What the calls are, for listings.
    var label: String { calls.map(\.label).joined(separator: Self.separator) }

    var cost: Launch.Cost {
        calls.map(\.cost).reduce(into: Launch.Cost()) {
            $0.bytes += $1.bytes
            $0.flops += $1.flops
        }
    }

    /// The tasks of all calls.
    var taskCount: Int { calls.map(\.groupCount).reduce(0, +) }

    // MARK: - Text

    /// The program, to be built with the macro `SIBLINGS`.
    var source: String {
        let shared = KernelFile.shared.map(\.text).joined()
        let own = functions.indices.map { functions[$0].text.renamed("_\($0)") }.joined()
        return """
            \(shared)\(own)
            #define PARAMETERS \(parameters.joined(separator: ", "))
            #define CALLS \(statements.joined(separator: " "))
            \(KernelFile.siblings.text)
            """
    }

    private var parameters: [String] {
        let own = calls.indices.map { index in
            let arguments = calls[index].arguments.enumerated().map { place, argument in
                "\(type(of: argument).parameterType) x\(index)_\(place)"
            }
            return ["const uint4 range_\(index)"] + arguments
        }
        return own.flatMap(\.self)
    }

    private var statements: [String] {
        var next = 0
        return functions.enumerated().map { number, function in
            let indices = next..<next + function.calls.count
            next = indices.upperBound
            // The one whose range has the group; the last where no other has.
            func chosen(_ name: (Int) -> String) -> String {
                indices.dropLast().map { "is_in(range_\($0), number) ? \(name($0)) : " }.joined()
                    + name(indices.upperBound - 1)
            }
            let arguments = function.calls[0].arguments.enumerated().map { place, argument in
                let value = "(\(chosen { "x\($0)_\(place)" }))"
                return argument is LocalMemory ? "pool + \(value)" : value
            }
            let range = "(\(chosen { "range_\($0)" }))"
            let all = ["place_in(\(range), number)", range] + arguments
            let condition = indices.map { "is_in(range_\($0), number)" }.joined(separator: " || ")
            let name = "\(function.calls[0].name)_\(number)"
            return "if (\(condition)) \(name)(\(all.joined(separator: ", ")));"
        }
    }

    // MARK: - Arguments

    /// The arguments in the order of the parameters.
    var arguments: [any KernelArgument] {
        var arguments: [any KernelArgument] = []
        for (call, first) in zip(calls, firstTasks) {
            let extents = call.groups + [1, 1]
            arguments.append(
                SIMD4(
                    UInt32(extents[0]), UInt32(extents[1]), UInt32(extents[2]), UInt32(first)))
            var place = 0
            for argument in call.arguments {
                if let memory = argument as? LocalMemory {
                    arguments.append(UInt32(place))
                    place += memory.byteCount / 4
                } else {
                    arguments.append(argument)
                }
            }
        }
        return arguments
    }

    /// The local memory of the call that needs the most; some in any case, as it tells workers apart.
    var localMemory: LocalMemory {
        LocalMemory(
            byteCount: calls.map {
                $0.arguments.map { ($0 as? LocalMemory)?.byteCount ?? 0 }.reduce(0, +)
            }.reduce(64, max))
    }

    /// The number of the first task of each call.
    private var firstTasks: [Int] {
        var next = 0
        return calls.map { call in
            defer { next += call.groupCount }
            return next
        }
    }

    /// The lists of tasks of so many workers, as the kernel reads them.
    ///
    /// A worker gets the same part of every call, so that it finds what it wrote itself wherever
    /// parts of operands lie like those of results. Long tasks come first, and short ones level out
    /// what is left.
    func schedule(workers: Int) -> [UInt32] {
        let order = zip(calls, firstTasks).sorted { $0.0.workPerGroup > $1.0.workPerGroup }
        let lists = (0..<workers).map { worker in
            order.flatMap { call, first in
                let start = worker * call.groupCount / workers
                let end = (worker + 1) * call.groupCount / workers
                return (first + start..<first + end).map { UInt32($0) }
            }
        }
        let starts = lists.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
        return [UInt32(workers)] + starts.map { UInt32($0) } + lists.flatMap(\.self)
    }
}

extension KernelCall {
    /// The workgroups of the launch.
    fileprivate var groupCount: Int { groups.reduce(1, *) }

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
