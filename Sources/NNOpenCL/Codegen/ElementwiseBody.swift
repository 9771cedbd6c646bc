import NNCompiler
import NNGraph

/// The loop body of elementwise operations of one shape, as it is put together: a kernel of its own,
/// or the prologue or epilogue of another one (a *frame* in `Kernels/`).
///
/// Sizes, offsets, strides and constants become arguments: the text depends only on what is
/// computed, so a graph compiled for another batch size finds its programs already built.
struct ElementwiseBody {
    /// A tensor that the kernel reads or writes.
    struct Access {
        let name: String
        let view: View
        /// What is written; nil if it is read.
        let value: String?
    }

    let shape: Shape
    /// Whether it is part of a kernel that walks each row by itself.
    let keepsRows: Bool
    /// What its parameters' names begin with, and in capitals those of its macros.
    let prefix: String
    private(set) var accesses: [Access] = []
    private(set) var constants: [(name: String, value: KernelCall.Argument, type: ElementType)] = []
    private(set) var statements: [(name: String, type: ElementType, expression: (Lane) -> String)] =
        []
    private(set) var result: String?
    /// What has to be copied to its place afterwards, as no strides of the body's shape describe that.
    var copiesAfter: [(source: View, place: View)] = []
    private var names: [Tensor: String] = [:]

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
    ///
    /// Its columns are one axis, as kernels walk them.
    init(epilogueOf source: Tensor, prefix: String = "") {
        var shape = source.shape
        if case .matmul(_, _, let axes) = source.operation {
            let columns = shape.dimensions.suffix(axes.columns)
            shape = Shape(shape.dimensions.dropLast(columns.count) + [columns.reduce(1, *)])
        }
        self.init(shape: shape, prefix: prefix)
        name(source, Self.computedValue)
    }

    /// An epilogue that only stores what was computed.
    init(storing view: View) {
        self.init(shape: view.shape, prefix: "")
        store(Self.computedValue, to: view)
    }

    /// What kernels call the value that their epilogue begins with.
    private static let computedValue = "computed_value"

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
        let number: KernelCall.Argument =
            elementType == .float ? .float(Float(value)) : .int32(Int32(value))
        constants.append((name, number, elementType))
        return name + "_value"
    }

    /// Adds an operation on the named values.
    mutating func add(_ member: Tensor, _ operands: [String]) {
        let name = "v\(statements.count)"
        names[member] = name
        statements.append(
            (name, member.type.elementType, { member.operation.expression(operands, $0) }))
    }

    /// Writes a named value to a view of the kernel's shape.
    mutating func store(_ value: String, to view: View) {
        accesses.append(Access(name: "\(prefix)y\(accesses.count)", view: view, value: value))
    }

    /// Hands a named value over to the kernel that this is part of.
    mutating func give(_ value: String) { result = value }

    // MARK: - Calling it

    /// The rows and columns that the loop walks.
    var range: (rows: Int, columns: Int) { RowLayout(of: self).range }

    /// The arguments in the order of the parameters.
    var arguments: [KernelCall.Argument] {
        let layout = RowLayout(of: self)
        var arguments: [KernelCall.Argument] = []
        for (access, strides) in zip(accesses, layout.strides) {
            arguments += .view(access.view)
            arguments += RowLayout.strideArguments(access.name, strides).map {
                $0.value < 0 ? .int32(Int32($0.value)) : .count($0.value)
            }
        }
        arguments += constants.map(\.value)
        arguments += .counts(Array(layout.innerExtents))
        return arguments + .counts([layout.range.rows, layout.range.columns])
    }

    /// The bytes that it reads and writes.
    var byteCount: Int { accesses.map(\.view.byteCount).reduce(0, +) }

    /// The floating-point operations that it computes: one for each operation and element.
    var flops: Int { shape.count * statements.count }
}
