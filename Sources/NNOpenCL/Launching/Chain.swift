import NNCompiler

/// Kernels in stages as one launch: those of a stage do not depend on each other, and a stage begins
/// when all of the stage before is done.
///
/// A launch costs a CPU some ten microseconds to wake its cores, and a core that has done its share
/// of one waits for the next. The program's text is `Kernels/chain.cl` after the distinct functions that
/// are called, with their macros (tile sizes), and for a rounded number of memories. Calls, stages,
/// arguments and tasks are data (``Schedule``): a deeper network of like layers shares the program.
struct Chain {
    /// The calls of each stage.
    let stages: [[KernelCall]]
    /// Those of all stages, in their order.
    let calls: [KernelCall]
    /// The memories that calls read and write.
    let memories: [Buffer]
    /// What the program takes: the memories, and none at all up to a round number.
    ///
    /// A driver looks at every buffer at every launch, which took PoCL 3 µs for a dozen that nobody reads.
    var memoryArguments: [any KernelArgument] {
        memories + (memories.count..<parameterCount).map { _ in NullPointer() }
    }
    /// What the kernel reads of each call: the workgroups along three axes, the function, and then the
    /// arguments, of memory its place in `memories`.
    let numbers: [[UInt32]]

    /// What is called: calls that differ in nothing but their arguments share a function.
    private let functions: [Function]

    private struct Function {
        let text: String
        let name: String
        /// One of the calls, whose arguments have the types of all.
        let example: KernelCall
    }

    /// What stands between the labels of kernels that run side by side.
    static let separator = " & "
    /// The memories that a launch can have: every OpenCL device allows 1,024 bytes of arguments, of
    /// which the schedule, what workers share and local memory take their part.
    static let memoryLimit = 1024 / 8 - 3
    /// The numbers of memories that programs are written for, so that a graph whose data lie elsewhere
    /// finds the program of its like already built.
    private static let memoryCounts = [16, 32, 64, memoryLimit]

    /// Makes one launch of calls, whose memory must be known by now.
    init(_ stages: [[KernelCall]]) {
        self.stages = stages
        calls = stages.flatMap(\.self)
        var functions: [Function] = []
        var functionIndices: [String: Int] = [:]
        var memories: [Buffer] = []
        var memoryIndices: [ObjectIdentifier: Int] = [:]
        numbers = calls.map { call in
            let text = call.text
            let key = "\(call.name)\n\(text)"
            let function = functionIndices[key] ?? functions.count
            if function == functions.count {
                functionIndices[key] = function
                functions.append(Function(text: text, name: call.name, example: call))
            }
            var place = 0
            let arguments = call.arguments.map { argument -> UInt32 in
                switch argument {
                case .memory(let view):
                    let buffer = view.buffer
                    let index = memoryIndices[ObjectIdentifier(buffer)] ?? memories.count
                    if index == memories.count {
                        memoryIndices[ObjectIdentifier(buffer)] = index
                        memories.append(buffer)
                    }
                    return UInt32(index)
                case .firstElement(let view): return UInt32(view.firstElement)
                case .count(let count): return UInt32(count)
                case .int32(let number): return UInt32(bitPattern: number)
                case .float(let number): return number.bitPattern
                case .localMemory(let byteCount):
                    defer { place += byteCount / MemoryLayout<Float>.size }
                    return UInt32(place)
                }
            }
            return call.extents.map { UInt32($0) } + [UInt32(function)] + arguments
        }
        self.functions = functions
        self.memories = memories
    }

    private var parameterCount: Int {
        // What is compiled in no time is written for its own number: an argument costs a launch a tenth of
        // a microsecond.
        guard functions.count > 1 else { return memories.count }
        return Self.memoryCounts.first { $0 >= memories.count } ?? memories.count
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

    /// The local memory of the call that needs the most; some in any case, as it tells workers apart.
    var localMemory: LocalMemory {
        LocalMemory(
            byteCount: calls.map { call in
                call.arguments.map {
                    if case .localMemory(let byteCount) = $0 { byteCount } else { 0 }
                }.reduce(0, +)
            }.reduce(64, max))
    }

    // MARK: - Text

    /// The program, to be built with the macro `IN_CHAIN`.
    var source: String {
        let texts = functions.enumerated().map { $1.text.renamed("_\($0)") }
        let names = (0..<parameterCount).map { "m\($0)" }
        let parameters = names.map { "__global void *\($0)" }
        let cases = functions.indices.map(statement)
        return """
            \((KernelFile.shared.map(\.text) + texts).joined())
            #define PARAMETERS \(parameters.joined(separator: ", "))
            #define MEMORIES \(names.joined(separator: ", "))
            #define CALLS \(cases.joined(separator: " "))
            \(KernelFile.chain.text)
            """
    }

    /// What calls a function with the numbers of a call.
    private func statement(ofFunction index: Int) -> String {
        let function = functions[index]
        let first = function.example.extents.count + 1
        let arguments = function.example.arguments.enumerated().map { place, argument in
            let word = "numbers[\(first + place)]"
            return switch argument {
            case .memory: "memories[\(word)]"
            case .firstElement, .count: word
            case .int32: "as_int(\(word))"
            case .float: "as_float(\(word))"
            case .localMemory: "pool + \(word)"
            }
        }
        let all = (["place", "extents"] + arguments).joined(separator: ", ")
        return "case \(index): \(function.name)_\(index)(\(all)); break;"
    }
}

extension KernelCall {
    /// The workgroups of the launch.
    var groupCount: Int { groups.reduce(1, *) }

    /// The workgroups along each of three axes.
    fileprivate var extents: [Int] { Array((groups + [1, 1]).prefix(3)) }

    /// What a group costs, in floating-point operations; moving a byte takes as long as a dozen.
    var workPerGroup: Int { (cost.flops + 12 * cost.bytes) / groupCount }

    /// The kernel without the files that all share.
    fileprivate var text: String {
        let macros = options.split(separator: " ").map { option in
            let parts = option.dropFirst("-D".count).split(separator: "=")
            return "#define \(parts.joined(separator: " "))\n"
        }
        let needed = file.needed.filter { !KernelFile.shared.contains($0) }
        return (macros + needed.map(\.text) + [definitions, ownText]).joined()
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
