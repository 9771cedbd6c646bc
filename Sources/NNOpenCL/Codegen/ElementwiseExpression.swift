import NNGraph

extension Operation {
    /// The OpenCL C expression of an elementwise operation on named values.
    ///
    /// Every built-in used here is defined for scalars and vectors alike, and `select` asks for a
    /// true condition in the form that the comparison of the same width gives.
    func expression(_ x: [String], _ lane: ElementwiseBody.Lane) -> String {
        let real = lane.real
        switch self {
        case .unary(let function):
            let x = x[0]
            return switch function {
            case .negate: "-\(x)"
            case .absolute: "fabs(\(x))"
            // Some drivers return subnormal numbers as they are where these count as zero.
            case .sign:
                "select(select(sign(\(x)), \(x) * 0.0f, \(x) == 0.0f), \(x), \(x) != \(x))"
            case .exp: "exp(\(x))"
            case .log: "log(\(x))"
            case .squareRoot: "sqrt(\(x))"
            // PoCL's vectors are wrong below 2⁻⁷ where an element is huge, see
            // `findings/pocl-sine-beside-huge-numbers.sh`; there the first terms are all that counts.
            case .sin:
                "select(sin(\(x)), \(x) * (1.0f - \(x) * \(x) * 0.16666667f), fabs(\(x)) < 0x1p-6f)"
            case .cos: "select(cos(\(x)), 1.0f - \(x) * \(x) * 0.5f, fabs(\(x)) < 0x1p-6f)"
            case .tanh: "tanh(\(x))"
            case .sigmoid: "1.0f / (1.0f + exp(-\(x)))"
            case .relu: "select(\(x), (\(real))(0.0f), \(x) <= 0.0f)"
            case .softplus:
                "select(\(x), (\(real))(0.0f), \(x) <= 0.0f) + log1p(exp(-fabs(\(x))))"
            case .erf: "erf(\(x))"
            case .stopGradient: x
            }
        case .binary(let function):
            let (a, b) = (x[0], x[1])
            return switch function {
            case .add: "\(a) + \(b)"
            case .subtract: "\(a) - \(b)"
            case .multiply: "\(a) * \(b)"
            case .divide: "\(a) / \(b)"
            case .power: "pow(\(a), \(b))"
            case .maximum: "select(\(b), \(a), (\(a) > \(b)) | (\(a) != \(a)))"
            case .minimum: "select(\(b), \(a), (\(a) < \(b)) | (\(a) != \(a)))"
            }
        case .convert(.int32):
            // That NaN becomes 0 the specification only recommends.
            let x = x[0], type = lane.type(.int32)
            return "select(convert_\(type)_sat_rtz(\(x)), (\(type))(0), \(x) != \(x))"
        case .convert:
            return "convert_\(real)(\(x[0]))"
        case .compare(let relation):
            return "select((\(real))(0.0f), (\(real))(1.0f), \(x[0]) \(relation.symbol) \(x[1]))"
        case .select:
            return "select(\(x[2]), \(x[1]), \(x[0]) != 0.0f)"
        case .uniform(_, let seed, let stream):
            let (low, high) = (UInt32(truncatingIfNeeded: seed), UInt32(seed >> 32))
            let element = "row * \(lane.columns) + column"
            let numbers = (0..<lane.width).map {
                "philox_uniform(\(element) + \($0), (uint)(\(x[0])), \(stream)u, \(low)u, \(high)u)"
            }
            return "(\(real))(\(numbers.joined(separator: ", ")))"
        default:
            return x.first ?? ""
        }
    }
}

extension Operation.Comparison {
    fileprivate var symbol: String {
        switch self {
        case .equal: "=="
        case .less: "<"
        case .lessEqual: "<="
        case .greater: ">"
        case .greaterEqual: ">="
        }
    }
}
