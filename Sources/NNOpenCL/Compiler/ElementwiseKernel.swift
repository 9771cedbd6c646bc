import NNGraph

/// A kernel that computes elementwise operations of one shape, as it is put together.
///
/// Sizes, offsets, strides and constants become arguments: the text depends only on what is
/// computed, so a graph compiled for another batch size finds its programs already built.
struct ElementwiseKernel {
    /// A tensor that the kernel reads or writes.
    private struct Access {
        let name: String
        let view: View
        /// What is written; nil if it is read.
        let value: String?
    }

    private let shape: Shape
    /// Whether it is part of a kernel that walks each row by itself.
    private let keepsRows: Bool
    /// What its parameters' names begin with, and in capitals those of its macros.
    private let prefix: String
    private var accesses: [Access] = []
    private var constants: [(name: String, value: any KernelArgument, type: ElementType)] = []
    private var statements: [(name: String, expression: (Lane) -> String)] = []
    private var names: [Tensor: String] = [:]
    private var result: String?

    init(shape: Shape) {
        self.shape = shape
        keepsRows = false
        prefix = ""
    }

    /// A part of a kernel that walks each row by itself.
    ///
    /// The prefix tells the names of the parts apart.
    init(shape: Shape, prefix: String) {
        self.shape = shape
        keepsRows = true
        self.prefix = prefix
    }

    /// An epilogue: what is made of a matrix product or a reduction while it is in registers.
    init(epilogueOf source: Tensor, prefix: String = "") {
        self.init(shape: source.shape, prefix: prefix)
        name(source, Self.computedValue)
    }

    /// An epilogue that only stores what was computed.
    init(storing view: View) {
        self.init(shape: view.shape, prefix: "")
        store(Self.computedValue, to: view)
    }

    /// What kernels call the value that their epilogue begins with.
    private static let computedValue = "computed_value"

    /// The number of operations on each element.
    var operationCount: Int { statements.count }

    /// The number of tensors that it reads and writes.
    var accessCount: Int { accesses.count }

    /// What the kernel reads.
    var reads: [View] { accesses.filter { $0.value == nil }.map(\.view) }

    /// What the kernel writes.
    var writes: [View] { accesses.filter { $0.value != nil }.map(\.view) }

    // MARK: - Putting it together

    /// The variable that holds a member's value, if it is one.
    func name(of tensor: Tensor) -> String? { names[tensor] }

    /// Gives a tensor that the kernel computes otherwise the variable with its value.
    mutating func name(_ tensor: Tensor, _ variable: String) { names[tensor] = variable }

    /// Reads a view of the kernel's shape; returns the variable with its value.
    mutating func load(_ view: View) -> String { access(view) + "_value" }

    /// Reads a single number; returns an expression for it that is a scalar in every lane.
    mutating func scalar(_ view: View) -> String {
        let name = access(view.broadcast(to: shape))
        return "\(name)[\(name)_row]"
    }

    private mutating func access(_ view: View) -> String {
        if let known = accesses.first(where: { $0.value == nil && $0.view.isSame(as: view) }) {
            return known.name
        }
        let name = "\(prefix)x\(accesses.count)"
        accesses.append(Access(name: name, view: view, value: nil))
        return name
    }

    /// Adds a number that is the same for all elements; returns the variable that holds it.
    mutating func constant(_ value: Double, _ elementType: ElementType) -> String {
        let name = "\(prefix)c\(constants.count)"
        let number: any KernelArgument = elementType == .float ? Float(value) : Int32(value)
        constants.append((name, number, elementType))
        return name + "_value"
    }

    /// Adds an operation on the named values.
    mutating func add(_ member: Tensor, _ operands: [String]) {
        let name = "v\(statements.count)"
        names[member] = name
        statements.append((name, { member.operation.expression(operands, $0) }))
    }

    /// Writes a named value to a view of the kernel's shape.
    mutating func store(_ value: String, to view: View) {
        accesses.append(Access(name: "\(prefix)y\(accesses.count)", view: view, value: value))
    }

    /// Hands a named value over to the kernel that this is part of.
    mutating func give(_ value: String) { result = value }

    // MARK: - Layout

    /// The kernel's shape as rows and columns, merging axes that every access walks in one go.
    private var axes: (extents: [Int], strides: [[Int]]) {
        let last = shape.rank - 1
        let long = shape.dimensions.indices.filter {
            shape[$0] != 1 || (keepsRows && $0 == last)
        }
        var extents: [Int] = []
        var strides: [[Int]] = accesses.map { _ in [] }
        for axis in long.reversed() {
            let isOwnAxis = keepsRows && axis != last && extents.count == 1
            let isNext =
                !isOwnAxis
                && accesses.indices.allSatisfy { index in
                    guard let inner = strides[index].first, let extent = extents.first else {
                        return false
                    }
                    return accesses[index].view.strides[axis] == inner * extent
                }
            if isNext {
                extents[0] *= shape[axis]
            } else {
                extents.insert(shape[axis], at: 0)
                for index in accesses.indices {
                    strides[index].insert(accesses[index].view.strides[axis], at: 0)
                }
            }
        }
        // A single element still has a column, and stepping along it never happens.
        return extents.isEmpty ? ([1], accesses.map { _ in [1] }) : (extents, strides)
    }

    /// The rows and columns that the kernel walks.
    var range: (rows: Int, columns: Int) {
        let extents = axes.extents
        return (extents.dropLast().reduce(1, *), extents[extents.count - 1])
    }

    /// The arguments in the order of the parameters; buffers must be known by now.
    var arguments: [any KernelArgument] {
        let (extents, strides) = axes
        var arguments: [any KernelArgument] = []
        for (access, strides) in zip(accesses, strides) {
            arguments.append(access.view.buffer)
            arguments.append(UInt32(access.view.offset))
            arguments += Self.strideArguments(access.name, strides).map { UInt32($0.value) }
        }
        arguments += constants.map(\.value)
        arguments += extents.dropLast().dropFirst().map { UInt32($0) }
        return arguments + [UInt32(range.rows), UInt32(range.columns)]
    }

    /// The strides that are arguments: all but 0, and but 1 along the columns.
    private static func strideArguments(
        _ name: String, _ strides: [Int]
    ) -> [(name: String, value: Int)] {
        let outer = strides.indices.dropLast().filter { strides[$0] != 0 }
            .map { ("\(name)_stride_\($0)", strides[$0]) }
        let step = strides[strides.count - 1]
        return outer + (step > 1 ? [("\(name)_step", step)] : [])
    }

    // MARK: - Text

    /// The types of one body: scalars, or vectors of the device's width.
    struct Lane {
        let width: Int
        /// What the kernel calls the number of columns.
        let columns: String
        var real: String { width == 1 ? "float" : "float\(width)" }
        func type(_ elementType: ElementType) -> String {
            width == 1 ? elementType.name : "\(elementType.name)\(width)"
        }
    }

    /// The definitions that `Kernels/elementwise.cl` and other frames expect.
    func text(vectorWidth: Int) -> String {
        let (extents, strides) = axes
        let vector = Lane(width: vectorWidth, columns: "\(prefix)columns")
        let scalar = Lane(width: 1, columns: "\(prefix)columns")
        return [
            "PARAMETERS \(parameters(extents, strides).joined(separator: ", "))",
            "ROW \(rowSetup(extents, strides).joined(separator: " "))",
            "VECTOR_BODY \(body(vector, strides).joined(separator: " "))",
            "SCALAR_BODY \(body(scalar, strides).joined(separator: " "))",
            "PREFETCH_BODY \(prefetches(strides).joined(separator: " "))",
        ].map { "#define \(prefix.uppercased())\($0)\n" }.joined()
    }

    private func parameters(_ extents: [Int], _ strides: [[Int]]) -> [String] {
        var list: [String] = []
        for (access, strides) in zip(accesses, strides) {
            let type = access.view.storage.elementType.name
            list.append("__global \(access.value == nil ? "const " : "")\(type) *\(access.name)")
            list.append("const uint \(access.name)_offset")
            list += Self.strideArguments(access.name, strides).map { "const uint \($0.name)" }
        }
        list += constants.map { "const \($0.type.name) \($0.name)" }
        list += extents.indices.dropLast().dropFirst().map { "const uint \(prefix)extent_\($0)" }
        return list + ["const uint \(prefix)rows", "const uint \(prefix)columns"]
    }

    /// Where the current row begins in each access.
    private func rowSetup(_ extents: [Int], _ strides: [[Int]]) -> [String] {
        var lines = ["size_t rest = row;"]
        for axis in extents.indices.dropLast().dropFirst().reversed() {
            lines.append("const size_t at_\(axis) = rest % \(prefix)extent_\(axis);")
            lines.append("rest /= \(prefix)extent_\(axis);")
        }
        lines.append("const size_t at_0 = rest;")
        for (access, strides) in zip(accesses, strides) {
            let terms = strides.indices.dropLast().filter { strides[$0] != 0 }
                .map { " + at_\($0) * \(access.name)_stride_\($0)" }
            lines.append(
                "const size_t \(access.name)_row = \(access.name)_offset\(terms.joined());")
        }
        return lines
    }

    private func body(_ lane: Lane, _ strides: [[Int]]) -> [String] {
        let steps = strides.map { $0[$0.count - 1] }
        let accesses = Array(zip(accesses, steps))
        // `select` takes operands of one width only, so constants are as wide as all the rest.
        let widened = constants.map { constant in
            let type = lane.type(constant.type)
            return "const \(type) \(constant.name)_value = (\(type))(\(constant.name));"
        }
        return accesses.filter { $0.0.value == nil }.map { loading($0, step: $1, lane) }
            + widened
            + statements.map { "const \(lane.real) \($0.name) = \($0.expression(lane));" }
            + accesses.filter { $0.0.value != nil }.map { storing($0, step: $1, lane) }
            + (result.map { ["const \(lane.real) \(prefix)value = \($0);"] } ?? [])
    }

    /// The reads that a row does not share with all others.
    private func prefetches(_ strides: [[Int]]) -> [String] {
        zip(accesses, strides).filter { access, strides in
            access.value == nil && strides.count > 1 && strides[strides.count - 1] == 1
                && strides.dropLast().contains { $0 != 0 }
        }.map { access, _ in "PREFETCH_LINE(\(access.name) + \(access.name)_row + column);" }
    }

    private func loading(_ access: Access, step: Int, _ lane: Lane) -> String {
        let name = access.name
        let type = lane.type(access.view.storage.elementType)
        let value =
            if step == 0 {
                "(\(type))(\(name)[\(name)_row])"
            } else if step == 1, lane.width > 1 {
                "vload\(lane.width)(0, \(name) + \(name)_row + column)"
            } else {
                "(\(type))(\((0..<lane.width).map { element(access, step, $0) }.joined(separator: ", ")))"
            }
        return "const \(type) \(name)_value = \(value);"
    }

    private func storing(_ access: Access, step: Int, _ lane: Lane) -> String {
        let value = access.value ?? ""
        if lane.width == 1 { return "\(element(access, step, 0)) = \(value);" }
        if step == 1 {
            return "vstore\(lane.width)(\(value), 0, "
                + "\(access.name) + \(access.name)_row + column);"
        }
        return (0..<lane.width).map { index in
            "\(element(access, step, index)) = \(value).s\(String(index, radix: 16));"
        }.joined(separator: " ")
    }

    private func element(_ access: Access, _ step: Int, _ index: Int) -> String {
        let column = index == 0 ? "column" : "(column + \(index))"
        let distance = step == 1 ? column : "\(column) * \(access.name)_step"
        return "\(access.name)[\(access.name)_row + \(distance)]"
    }
}

extension ElementType {
    /// The type in OpenCL C.
    fileprivate var name: String {
        switch self {
        case .float: "float"
        case .int32: "int"
        case .unorm8: "uchar"
        }
    }
}
