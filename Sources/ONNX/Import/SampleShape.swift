/// The shape of one sample on its way through the layers, as far as it is known.
///
/// Exporters may leave out the input's size; then the first product tells it.
struct SampleShape {
    /// The shape that the layers take: after a flattening at the front, a row.
    private(set) var input: [Int]?
    /// The shape after what has been read so far.
    private(set) var current: [Int]?
    /// The size of a batch, if the graph was made for one.
    let batch: Int64?
    private var isFirst = true

    /// Reads the type of the graph's input.
    init(_ input: ValueInfoProto) throws(ONNXError) {
        let type = input.type.tensorType
        guard [0, ElementType.float32].contains(type.elemType) else {
            throw ONNXError(.inputType("elements of type \(type.elemType)"))
        }
        guard type.hasShape else {
            batch = nil
            return
        }
        let sizes = type.shape.dim
        guard (2...8).contains(sizes.count) else {
            throw ONNXError(.inputType("an array of \(sizes.count) axes"))
        }
        batch = sizes[0].dimValue > 0 ? sizes[0].dimValue : nil
        guard sizes.dropFirst().allSatisfy({ $0.dimValue > 0 }) else { return }
        var count = 1
        for size in sizes.dropFirst() {
            let (product, overflow) = count.multipliedReportingOverflow(by: Int(size.dimValue))
            guard !overflow, product <= Int32.max else {
                throw ONNXError(.inputType("samples of more than \(Int32.max) numbers"))
            }
            count = product
        }
        current = sizes.dropFirst().map { Int($0.dimValue) }
        self.input = current
    }

    /// The number of axes of a batch; a matrix if nothing else is known.
    var batchRank: Int { (current?.count ?? 1) + 1 }

    /// The number of elements, if it is known.
    var count: Int? { current?.reduce(1, *) }

    /// Makes a row of the sample, of `count` numbers where that is not known yet; false if that cannot be.
    mutating func flatten(to count: Int? = nil) -> Bool {
        // Nothing is known: the first product will tell.
        guard let length = self.count ?? count else { return true }
        guard count == nil || length == count else { return false }
        // Once a layer has been read, its rows could no longer be told apart.
        guard isFirst || batchRank == 2 else { return false }
        current = [length]
        if isFirst { input = current }
        return true
    }

    /// Takes the sample through a layer of so many features on either side.
    mutating func pass(inputs: Int, outputs: Int) {
        if input == nil { input = [inputs] }
        current = (current ?? [inputs]).dropLast() + [outputs]
        isFirst = false
    }

    /// Takes the sample through a function of its elements.
    mutating func passElementwise() { isFirst = false }
}
