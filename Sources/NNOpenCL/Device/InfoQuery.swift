import COpenCL

/// One of the `clGet…Info` functions, bound to the object that it asks about.
struct InfoQuery {
    typealias Call = (
        _ parameter: UInt32, _ capacity: Int, _ answer: UnsafeMutableRawPointer?,
        _ answerBytes: UnsafeMutablePointer<Int>?
    ) -> Int32

    let function: String
    let call: Call

    init(_ function: String, _ call: @escaping Call) {
        self.function = function
        self.call = call
    }

    func integer<Value: FixedWidthInteger>(
        _ parameter: Int32, as type: Value.Type
    ) throws(OpenCLError) -> Value {
        var value = Value.zero
        let status = call(UInt32(parameter), MemoryLayout<Value>.size, &value, nil)
        try check(status, function)
        return value
    }

    func integers<Value: FixedWidthInteger>(
        _ parameter: Int32, as type: Value.Type
    ) throws(OpenCLError) -> [Value] {
        var bytes = 0
        try check(call(UInt32(parameter), 0, nil, &bytes), function)
        var values = [Value](repeating: 0, count: bytes / MemoryLayout<Value>.size)
        try check(call(UInt32(parameter), bytes, &values, nil), function)
        return values
    }

    /// The text without its terminating zero and the blanks that some drivers put around it.
    func string(_ parameter: Int32) throws(OpenCLError) -> String {
        let bytes = try integers(parameter, as: UInt8.self)
        let text = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        let end = text.lastIndex { !$0.isWhitespace }.map(text.index(after:)) ?? text.startIndex
        return String(text[..<end].drop(while: \.isWhitespace))
    }
}
