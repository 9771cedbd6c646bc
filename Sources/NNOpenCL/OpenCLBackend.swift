import NNCompiler
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
    /// Copies of host memory that nobody waits for.
    let uploads: Uploads
    private let isPoisoning: Bool
    private let workers: SharedWorkerState
    /// What is known of products on this device, which the kernels of graphs compiled from now on are
    /// chosen by; nil where the rules choose alone.
    var advice: (any ProductAdvice)?
    /// Why there is no advice although there might be.
    let adviceProblem: (any Error)?
    /// What the driver is spared.
    public let workarounds: Workarounds
    /// What computes the products of graphs compiled from now on, wherever it can; nil for what
    /// suits each of them.
    var preferredProduct: ProductChoice?

    /// Opens a device; `advise` looks up what is known of products, for the kernels as they are built.
    init(
        _ device: Device, form: KernelForm?, isPoisoning: Bool, vectorWidth: Int?,
        isProfiling: Bool, workarounds: Workarounds?,
        advise: (KernelLibrary) -> ((any ProductAdvice)?, (any Error)?)
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
        uploads = Uploads(context.queue)
        let likedForm = workarounds.usesWorkgroups ? .workgroup : KernelForm(for: device)
        kernels = KernelLibrary(
            context, form: form ?? likedForm, vectorWidth: vectorWidth, isPoisoning: isPoisoning,
            sparing: workarounds)
        preferredProduct = workarounds.prefersCLBlast ? .clBlast : nil
        (advice, adviceProblem) = advise(kernels)
        workers = SharedWorkerState()
    }

    /// The name of the device and its platform.
    public var name: String { "\(device.name) (\(device.platformName))" }

    /// Single precision is what every device has.
    public var isDoublePrecision: Bool { false }

    /// What the device says of its memory; that of CPUs is the host's.
    public var memory: DeviceMemory? {
        DeviceMemory(
            byteCount: device.globalMemoryBytes, largestBuffer: device.maximumAllocationBytes,
            isShared: device.kind == .cpu)
    }

    /// What has been asked of the device so far.
    public var statistics: Statistics { Statistics(context.counters) }

    /// Makes storage for a tensor, all zeros.
    public func makeBuffer(_ type: TensorType) throws -> any TensorBuffer {
        try makeBuffers([(name: nil, type: type)])[0]
    }

    /// Makes storage for tensors, all zeros, in as few memories as the device allows.
    private func makeBuffers(_ tensors: [(name: String?, type: TensorType)]) throws
        -> [OpenCLBuffer]
    {
        var layout = PersistentLayout(within: memoryLimits)
        let places = try tensors.map { name, type in
            try layout.place(OpenCLBuffer.byteCount(of: type, named: name))
        }
        let memories = try layout.arenas.map { byteCount in
            let memory = try context.pool.allocate(byteCount: byteCount)
            try context.queue.fill(memory, with: Int32(0))
            return memory
        }
        return zip(tensors, places).map { tensor, place in
            OpenCLBuffer(
                tensor.type, in: memories[place.arena], from: place.byteOffset, of: context,
                named: tensor.name)
        }
    }

    /// What the device asks of the memory of a program.
    private var memoryLimits: MemoryLimits {
        MemoryLimits(
            arenaBytes: min(device.maximumAllocationBytes, OpenCLBuffer.largestArena),
            alignment: max(OpenCLBuffer.alignment, device.memoryAlignment),
            isolatesStorages: isPoisoning)
    }

    // MARK: - Compilation

    /// The most operations of a graph, and of what the compiler makes of it.
    public static let maximumNodeCount = 1_000_000

    /// Compiles a graph into commands bound to planned memory.
    ///
    /// - Throws: ``OpenCLError``, or `GraphError` for a graph of more than ``maximumNodeCount``
    ///   operations, or one with a tensor of more elements than 32-bit indices reach.
    public func compile(
        _ graph: Graph, binding bound: [String: any TensorBuffer]
    ) throws -> any Executable {
        try graph.check(binding: bound)
        try check(graph)
        var buffers: [String: OpenCLBuffer] = [:]
        var missing: [(name: String?, type: TensorType)] = []
        for (name, leaf) in graph.leaves {
            if let given = bound[name] {
                buffers[name] = try own(
                    given, count: leaf.shape.count, leaf.type.elementType, named: name)
            } else {
                missing.append((name, leaf.type))
            }
        }
        missing += graph.outputs.map { ($0.name, $0.value.type) }
        for buffer in try makeBuffers(missing) { buffers[buffer.name ?? ""] = buffer }
        let products = self.products
        // Names that share a buffer share a storage: the compiler so knows what overwrites what.
        var storages: [ObjectIdentifier: Storage] = [:]
        let boundary = buffers.mapValues { buffer in
            let storage = storages[ObjectIdentifier(buffer)] ?? buffer.storage
            storages[ObjectIdentifier(buffer)] = storage
            return storage
        }
        let compilation = try compilation(
            of: graph, for: lowering(products), boundary: boundary)
        let scratch = try bind(compilation)
        let launcher: any Launcher =
            kernels.sharesLaunches
            ? ChainLauncher(kernels, products, workers)
            : SeparateLauncher(kernels: kernels, products: products)
        let outputs = graph.outputs.compactMap { buffers[$0.name]?.memory }
        return OpenCLExecutable(
            try launcher.commands(of: compilation.stages), buffers,
            poisoned: isPoisoning ? outputs + scratch : [], context.queue)
    }

    /// The matrix products that a run of a graph computes and that tuning may choose kernels for, in
    /// their order.
    ///
    /// - Throws: ``OpenCLError`` or `GraphError` as compiling does.
    public func products(of graph: Graph) throws -> [ProductShape] {
        try check(graph)
        let products = self.products
        _ = try compilation(of: graph, for: lowering(products), boundary: [:], through: "lower")
        return products.shapes
    }

    /// What the compiler makes of a graph, pass by pass, for people.
    ///
    /// - Throws: `GraphError` as compiling does.
    public func passes(of graph: Graph) throws -> [PassListing] {
        try check(graph)
        var listings: [PassListing] = []
        // Nothing is allocated; that leaves and outputs have memory of their own is all that passes ask.
        var boundary: [String: Storage] = [:]
        for (name, type) in graph.leaves.map({ ($0.name, $0.tensor.type) })
            + graph.outputs.map({ ($0.name, $0.value.type) })
        {
            boundary[name] = Storage(type, at: Residence(NoMemory()))
        }
        _ = try compilation(of: graph, for: lowering(products), boundary: boundary) {
            pass, compilation in
            listings.append(
                PassListing(
                    name: pass.name, promises: pass.leaves.map(\.rawValue),
                    lines: compilation.lines))
        }
        return listings
    }

    private var products: MatrixProducts {
        MatrixProducts(context, kernels, preferring: preferredProduct, advice: advice)
    }

    private func lowering(_ products: MatrixProducts) -> Lowering {
        Lowering(kernels, products, within: memoryLimits)
    }

    private func compilation(
        of graph: Graph, for lowering: Lowering, boundary: [String: Storage],
        through last: String? = nil,
        watch: (Pipeline<Lowering>.Pass, Compilation<Lowering>) -> Void = { _, _ in }
    ) throws -> Compilation<Lowering> {
        let isAsked = DriverEnvironment.value(of: "NNGPU_VERIFY_PASSES") == "1"
        let pipeline = Pipeline<Lowering>(verifies: isPoisoning || isAsked)
        return try pipeline.run(graph, for: lowering, boundary: boundary, through: last) {
            // Updates of many parameters have more parts after splitting.
            try check(count: $1.graph.nodes.count)
            watch($0, $1)
        }
    }

    /// Gives constants and intermediate values their memory; returns that of the latter.
    private func bind(_ compilation: Compilation<Lowering>) throws -> [Buffer] {
        var layout = PersistentLayout(within: memoryLimits)
        let places = compilation.constants.map { layout.place($0.storage.byteCount) }
        var contents = layout.arenas.map { [UInt8](repeating: 0, count: $0) }
        for (constant, place) in zip(compilation.constants, places) {
            contents[place.arena].replaceSubrange(
                place.byteOffset..<place.byteOffset + constant.storage.byteCount,
                with: constant.bytes)
        }
        let memories = try contents.map { bytes in
            let memory = try context.pool.allocate(byteCount: bytes.count)
            try bytes.withUnsafeBytes { try context.queue.write($0, to: memory) }
            return memory
        }
        for (constant, place) in zip(compilation.constants, places) {
            constant.storage.residence = Residence(
                memories[place.arena], byteOffset: place.byteOffset)
        }
        let arenas = try (compilation.memory?.arenas ?? []).map {
            try context.pool.allocate(byteCount: $0)
        }
        compilation.memory?.bind(to: arenas)
        return arenas
    }

    /// Throws for a graph that would take too long to compile, or whose indices kernels cannot hold.
    private func check(_ graph: Graph) throws {
        try check(count: graph.nodes.count)
        if let large = graph.nodes.first(where: { $0.shape.count > Int32.max }) {
            throw GraphError.shape(
                operation: large.operation.name, operands: large.operands.map(\.type),
                problem: "the result \(large.shape) has more than the \(Int32.max) elements that "
                    + "kernels can tell apart",
                origin: large.origin)
        }
    }

    private func check(count: Int) throws {
        guard count <= Self.maximumNodeCount else {
            throw GraphError.tooManyNodes(count, limit: Self.maximumNodeCount, backend: name)
        }
    }
}

/// Memory that is only told from other.
private final class NoMemory: Memory {}

extension Placement.Constant {
    /// The numbers as they lie on a device.
    fileprivate var bytes: [UInt8] {
        switch storage.elementType {
        case .float: values.map { Float($0) }.withUnsafeBytes { Array($0) }
        case .int32: values.map { Int32($0) }.withUnsafeBytes { Array($0) }
        case .unorm8: values.map { UInt8(($0 * 255).rounded()) }
        }
    }
}
