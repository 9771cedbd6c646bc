import NNCompiler
import NNGraph

// How numbers come from memory into variables and back: the one place that knows what elements are in
// memory, by their type.

extension ElementwiseBody {
    /// The declaration of a variable with the elements of an access at the current column.
    func loading(_ access: Access, step: Int, _ lane: Lane) -> String {
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

    /// The statement that writes a variable to the current column of an access.
    func storing(_ access: Access, step: Int, _ lane: Lane) -> String {
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
    var name: String {
        switch self {
        case .float: "float"
        case .int32: "int"
        case .unorm8: "uchar"
        }
    }
}
