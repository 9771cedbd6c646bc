import NNGraph

/// Runs graphs on an OpenCL device.
///
/// Compiling a graph simplifies it, fuses its elementwise operations, plans its memory and binds
/// every argument of every kernel; a run then enqueues a flat list of commands, with no allocation,
/// no shape logic and nothing that waits for the device.
public final class OpenCLBackend: Backend {
    /// The device that it runs on.
    public let device: Device

    /// Where built programs are kept from run to run; nil if `NNGPU_CACHE=off`, or if no folder can be
    /// used.
    public static var programFolder: String? { CacheFolder.shared.path }

    /// Why folders that come before ``programFolder`` are not used, for people.
    public static var programFolderProblems: [String] { CacheFolder.shared.problems }

    let context: Context
    let kernels: KernelLibrary
    private let isPoisoning: Bool
    /// What was measured for products on this device, which the kernels of graphs compiled from now
    /// on are chosen by; nil if nothing was, and the rules choose.
    public package(set) var tuning: TuningFile?
    /// Why a tuning file was not used.
    public let tuningProblem: TuningFileError?
    /// A digest of the tuning: the same choices of kernels have the same; nil where rules choose.
    public var tuningDigest: String? {
        tuning.map { tuning in
            let choices = tuning.products.map { "\($0.shape) \($0.method)" }
            return String(BinaryCacheEntry.hash(choices.joined(separator: "\n").utf8), radix: 16)
        }
    }
    /// What the driver is spared.
    public let workarounds: Workarounds
    /// What computes the products of graphs compiled from now on, wherever it can; nil for what
    /// suits each of them.
    var preferredProduct: ProductChoice?

    /// Opens a device, with what `nngpu tune` has measured on it.
    ///
    /// A tuning file (``tuningPath``) that cannot be used is not an error: ``tuningProblem`` tells why.
    ///
    /// - Parameters:
    ///   - device: One of ``Device/all``.
    ///   - form: The shape of work for kernels that have two; by default what the kind of device
    ///     likes.
    ///   - isPoisoning: Whether every run first fills all memory of intermediate values and outputs
    ///     with NaN, so that a kernel that leaves an element unwritten shows in the result. Buffers
    ///     then also end where their contents do, for simulators that watch every access, and the
    ///     smallest work is divided among all cores.
    ///   - vectorWidth: The floats in a vector, 1, 4, 8 or 16; by default what the device likes.
    ///   - isProfiling: Whether ``profile(_:runs:)`` can tell how long each launch takes.
    ///   - workarounds: What the driver is spared; by default what `nngpu` has found out about it.
    /// - Throws: ``OpenCLError`` if the device cannot be opened.
    public init(
        _ device: Device, form: KernelForm? = nil, isPoisoning: Bool = false,
        vectorWidth: Int? = nil, isProfiling: Bool = false, workarounds: Workarounds? = nil
    ) throws {
        let workarounds = workarounds ?? DriverRecord(of: device).workarounds ?? Workarounds()
        self.workarounds = workarounds
        var device = device
        if workarounds.shrinksWorkgroups {
            device.maximumWorkgroupSize = min(
                device.maximumWorkgroupSize, Workarounds.smallestWorkgroup)
        }
        self.device = device
        self.isPoisoning = isPoisoning
        context = try Context(
            device: device, profiling: isProfiling, exactBuffers: isPoisoning)
        let likedForm = workarounds.usesWorkgroups ? .workgroup : KernelForm(for: device)
        kernels = KernelLibrary(
            context, form: form ?? likedForm, vectorWidth: vectorWidth, isPoisoning: isPoisoning,
            sparing: workarounds)
        preferredProduct = workarounds.prefersCLBlast ? .clBlast : nil
        (tuning, tuningProblem) = TuningFile.load(for: TuningKey(kernels))
    }

    /// The name of the device and its platform.
    public var name: String { "\(device.name) (\(device.platformName))" }

    /// Single precision is what every device has.
    public var isDoublePrecision: Bool { false }

    /// What has been asked of the device so far.
    public var statistics: Statistics { Statistics(context.counters) }

    /// Makes storage for a tensor, all zeros.
    public func makeBuffer(_ type: TensorType) throws -> any TensorBuffer {
        try OpenCLBuffer(type, in: context)
    }

    // MARK: - Transfers

    /// Replaces the contents, rounded to single precision.
    public func write(_ values: [Double], to buffer: any TensorBuffer) throws {
        try write(values.map { Float($0) }, to: buffer)
    }

    /// Replaces the contents; up to 32 numbers are queued by value, without waiting.
    public func write(_ values: [Float], to buffer: any TensorBuffer) throws {
        try writeElements(values, to: own(buffer, count: values.count, .float))
    }

    /// Replaces the contents of an int32 buffer; up to 32 are queued by value, without waiting.
    public func write(_ values: [Int32], to buffer: any TensorBuffer) throws {
        try writeElements(values, to: own(buffer, count: values.count, .int32))
    }

    /// Replaces the contents of a unorm8 buffer; up to 128 are queued by value, without waiting.
    public func write(_ bytes: [UInt8], to buffer: any TensorBuffer) throws {
        try writeElements(bytes, to: own(buffer, count: bytes.count, .unorm8))
    }

    private func writeElements<Element: BitwiseCopyable>(
        _ values: [Element], to buffer: OpenCLBuffer
    ) throws {
        try values.withUnsafeBytes { bytes in
            if bytes.count <= SmallPattern.byteLimit {
                try SmallPattern.fill(buffer.memory, with: bytes, on: context.queue)
            } else {
                try context.queue.write(bytes, to: buffer.memory)
            }
        }
    }

    /// The contents in double precision, which adds nothing to them.
    public func read(_ buffer: any TensorBuffer) throws -> [Double] {
        try readFloats(buffer).map { Double($0) }
    }

    /// The contents, once everything queued before is done.
    public func readFloats(_ buffer: any TensorBuffer) throws -> [Float] {
        try readElements(own(buffer, count: buffer.type.shape.count, .float), zero: 0)
    }

    /// The contents of an int32 buffer, once everything queued before is done.
    public func readInt32s(_ buffer: any TensorBuffer) throws -> [Int32] {
        try readElements(own(buffer, count: buffer.type.shape.count, .int32), zero: 0)
    }

    private func readElements<Element: BitwiseCopyable>(
        _ buffer: OpenCLBuffer, zero: Element
    ) throws -> [Element] {
        var values = [Element](repeating: zero, count: buffer.type.shape.count)
        try values.withUnsafeMutableBytes { try context.queue.read(buffer.memory, into: $0) }
        return values
    }

    /// Fills `target` with the elements of `source` from `offset` on, without waiting.
    public func copy(
        _ source: any TensorBuffer, from offset: Int, to target: any TensorBuffer
    ) throws {
        let count = target.type.shape.count
        let elementType = target.type.elementType
        let from = try own(source, count: source.type.shape.count, elementType)
        let to = try own(target, count: count, elementType)
        guard offset >= 0, offset <= source.type.shape.count - count else {
            throw GraphError.mismatch(
                name: to.name ?? Self.unnamed, expected: target.type,
                found: "\(source.type) from element \(offset)")
        }
        try context.queue.copy(
            from: from.memory, sourceOffset: elementType.byteCount * offset, to: to.memory,
            count: elementType.byteCount * count)
    }

    /// Waits until everything queued is done.
    public func synchronize() throws {
        try context.queue.finish()
    }

    /// What messages call a buffer that no graph has named.
    private static let unnamed = "buffer"

    /// The buffer, which messages call by the given name, else by that of the graph it belongs to.
    private func own(
        _ buffer: any TensorBuffer, count: Int, _ elementType: ElementType,
        named role: String? = nil
    ) throws -> OpenCLBuffer {
        guard let own = buffer as? OpenCLBuffer, own.context === context else {
            throw GraphError.mismatch(
                name: role ?? (buffer as? OpenCLBuffer)?.name ?? Self.unnamed,
                expected: buffer.type, found: "a buffer of another backend than \(name)")
        }
        try own.check(holds: count, elementType, as: role ?? own.name ?? Self.unnamed)
        own.name = own.name ?? role
        return own
    }

    // MARK: - Compilation

    /// The most operations of a graph, and of what simplifying makes of it.
    ///
    /// Compiling takes time that grows with their square: 71 s for a training step of a perceptron of
    /// 1,000 layers, about 47,000 operations (a core of an AMD EPYC, PoCL).
    public static let maximumNodeCount = 50_000

    /// Compiles a graph into commands bound to planned memory.
    ///
    /// - Throws: ``OpenCLError``, or `GraphError` for a graph of more than ``maximumNodeCount``
    ///   operations, or one with a tensor of more elements than 32-bit indices reach.
    public func compile(
        _ graph: Graph, binding bound: [String: any TensorBuffer]
    ) throws -> any Executable {
        try graph.check(binding: bound)
        let (lowering, given) = try lower(graph, binding: bound)
        var buffers = given
        for output in lowering.graph.outputs {
            let buffer = try OpenCLBuffer(output.value.type, in: context, named: output.name)
            buffers[output.name] = buffer
            try lowering.deliver(output.value, to: buffer.memory)
        }
        try lowering.applyUpdates(lowering.graph.updates)
        let stages = kernels.form == .serial ? lowering.units.stages : lowering.units.map { [$0] }
        let plan = try MemoryPlan(stages, pool: context.pool)
        let commands = try kernels.commands(of: stages)
        let poisoned =
            lowering.graph.outputs.compactMap { buffers[$0.name]?.memory } + plan.scratch
        return OpenCLExecutable(
            commands, buffers, poisoned: isPoisoning ? poisoned : [], context.queue)
    }

    /// The matrix products that a run of a graph computes and that tuning may choose kernels for, in
    /// their order.
    ///
    /// - Throws: ``OpenCLError`` or `GraphError` as compiling does.
    public func products(of graph: Graph) throws -> [ProductShape] {
        try lower(graph, binding: [:]).lowering.products.shapes
    }

    private func lower(
        _ graph: Graph, binding bound: [String: any TensorBuffer]
    ) throws -> (lowering: Lowering, buffers: [String: OpenCLBuffer]) {
        try check(graph)
        let graph = try simplified(splittingUpdates(of: simplified(graph)))
        // Updates of many parameters have more parts after splitting.
        try check(graph)
        var buffers: [String: OpenCLBuffer] = [:]
        for (name, leaf) in graph.leaves {
            buffers[name] =
                try bound[name].map {
                    try own($0, count: leaf.shape.count, leaf.type.elementType, named: name)
                } ?? OpenCLBuffer(leaf.type, in: context, named: name)
        }
        let products = MatrixProducts(
            context, kernels, preferring: preferredProduct, tuning: tuning)
        let lowering = try Lowering(
            graph, kernels: kernels, products: products, context: context,
            leaves: buffers.mapValues(\.memory))
        return (lowering, buffers)
    }

    /// Throws for a graph that would take too long to compile, or whose indices kernels cannot hold.
    private func check(_ graph: Graph) throws {
        guard graph.nodes.count <= Self.maximumNodeCount else {
            throw GraphError.tooManyNodes(
                graph.nodes.count, limit: Self.maximumNodeCount, backend: name)
        }
        if let large = graph.nodes.first(where: { $0.shape.count > Int32.max }) {
            throw GraphError.shape(
                operation: large.operation.name, operands: large.operands.map(\.type),
                problem: "the result \(large.shape) has more than the \(Int32.max) elements that "
                    + "kernels can tell apart",
                origin: large.origin)
        }
    }

    // MARK: - Tuning

    /// Where the tuning file for this device and its kernels is kept; nil if there is no place.
    ///
    /// `NNGPU_TUNING` names the file, or says `off`; else it lies among the built programs.
    public var tuningPath: String? { TuningFile.defaultPath(for: TuningKey(kernels)) }

    /// The tuning file that a backend of a device would use, as text; empty if there is none.
    package static func tuningText(for device: Device) -> String {
        let path = TuningFile.defaultPath(for: TuningKey(device))
        return path.flatMap { File.read($0) }.map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// Uses what was measured for graphs compiled from now on, and keeps it for later processes.
    ///
    /// - Throws: ``TuningFileError`` if the file cannot be written.
    public func keep(_ file: TuningFile) throws {
        guard let tuningPath else { throw TuningFileError.noPlace }
        try file.write(to: tuningPath)
        tuning = file
    }
}

/// What a backend has asked of its device so far.
public struct Statistics: Sendable, Equatable {
    /// Commands that compute something: kernels and matrix products.
    public let launches: Int
    /// Calls that made the host wait for the device.
    public let blockingCalls: Int
    /// Buffers that had to be allocated on the device.
    public let deviceAllocations: Int
    /// Programs taken from the folder of built programs.
    public let binaryCacheHits: Int
    /// Programs that had to be compiled.
    public let binaryCacheMisses: Int

    init(_ counters: Counters) {
        launches = counters.launches
        blockingCalls = counters.blockingCalls
        deviceAllocations = counters.deviceAllocations
        binaryCacheHits = counters.binaryCacheHits
        binaryCacheMisses = counters.binaryCacheMisses
    }
}
