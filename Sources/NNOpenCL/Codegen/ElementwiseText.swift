import NNCompiler
import NNGraph

extension ElementwiseBody {
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
        let layout = RowLayout(of: self)
        let (extents, strides) = (layout.extents, layout.strides)
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
            list += RowLayout.strideArguments(access.name, strides).map {
                "const \($0.value < 0 ? "int" : "uint") \($0.name)"
            }
        }
        list += constants.map { "const \($0.type.name) \($0.name)" }
        list += extents.indices.dropLast().dropFirst().map { "const uint \(prefix)extent_\($0)" }
        return list + ["const uint \(prefix)rows", "const uint \(prefix)columns"]
    }

    /// Where the current row begins in each access.
    private func rowSetup(_ extents: [Int], _ strides: [[Int]]) -> [String] {
        // A division of 32 bits takes a fraction of the time of one of 64.
        var lines = ["uint rest = (uint)row;"]
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
            + statements.map {
                "const \(lane.type($0.type)) \($0.name) = \($0.expression(lane));"
            }
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
}

extension KernelLibrary {
    /// The definitions of loop bodies for a frame.
    func definitions(of bodies: [ElementwiseBody]) -> String {
        bodies.map { $0.text(vectorWidth: vectorWidth) }.joined()
    }
}
