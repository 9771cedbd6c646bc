/// The types of elements that are read, by their number in the format.
enum ElementType {
    static let float32: Int32 = 1
    static let uint8: Int32 = 2
    static let int8: Int32 = 3
    static let uint16: Int32 = 4
    static let int16: Int32 = 5
    static let int32: Int32 = 6
    static let int64: Int32 = 7
    static let string: Int32 = 8
    static let bool: Int32 = 9
    static let float16: Int32 = 10
    static let float64: Int32 = 11
    static let bfloat16: Int32 = 16

    /// Those that layers compute with, all as 32-bit floats.
    static let floats: Set = [float32, float16, float64, bfloat16]

    /// The bytes of an element; nil for types that are not read.
    static func size(_ type: Int32) -> Int? {
        switch type {
        case uint8, int8, bool: 1
        case uint16, int16, float16, bfloat16: 2
        case float32, int32: 4
        case int64, float64: 8
        default: nil
        }
    }
}
