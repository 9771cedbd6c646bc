/// The kernels of `Kernels/`, built for one device in one form.
final class KernelLibrary {
    let context: Context
    /// The shape of work that they are built for.
    let form: KernelForm
    /// The floats in a vector of the kernels.
    let vectorWidth: Int
    /// The work-items of a workgroup.
    let workgroupSize: Int
    private let options: String
    /// Whether cores meet over the smallest work.
    let wakesAllCores: Bool
    /// Whether kernels share launches where they can.
    let sharesLaunches: Bool

    /// For backends that poison memory cores meet over the smallest work.
    init(
        _ context: Context, form: KernelForm, vectorWidth: Int? = nil, isPoisoning: Bool = false,
        sparing workarounds: Workarounds = Workarounds()
    ) {
        let device = context.device
        self.context = context
        self.form = form
        self.wakesAllCores = isPoisoning
        self.sharesLaunches = form == .serial && !workarounds.separatesLaunches
        let vectorWidth = vectorWidth ?? Self.vectorWidth(for: device)
        self.vectorWidth = vectorWidth
        workgroupSize = min(256, device.maximumWorkgroupSize)
        // Moments of weights that get no gradient any more shrink to subnormal numbers and stay there,
        // and many processors take far longer for each of these.
        options =
            "-cl-std=CL1.2 -cl-denorms-are-zero"
            + " -DVECTOR_WIDTH=\(vectorWidth) -DWORKGROUP_SIZE=\(workgroupSize)"
            + (form == .workgroup ? " -DWORKGROUP_FORM" : "")
            + (workarounds.skipsPrefetch ? " -DNO_PREFETCH" : "")
    }

    /// The width that a device's own vectors have, as far as kernels are written for it.
    static func vectorWidth(for device: Device) -> Int {
        [16, 8, 4].first { $0 <= device.nativeFloatVectorWidth } ?? 1
    }

    /// Whether it is to be told how long each launch takes.
    var isProfiling: Bool { context.queue.isProfiling }

    /// The device that the kernels are built for.
    var device: Device { context.device }

    /// The program of a call's kernel: of a frame with what it computes element by element, or without
    /// the other kernels of its file.
    func program(of call: KernelCall) throws -> Program {
        let texts = call.file.needed.map(\.text) + [call.definitions, call.ownText]
        return try program(named: call.name, source: texts.joined(), options: call.options)
    }

    /// The program of a whole text, built with the options of all kernels and some more.
    func program(named name: String, source: String, options: String = "") throws -> Program {
        try context.programs.program(
            named: name, source: source, options: "\(self.options) \(options)")
    }

    /// The call as a launch of its own.
    func launch(_ call: KernelCall) throws -> Launch {
        try program(of: call).launch(
            call.name, global: call.global, local: call.local, label: call.label, cost: call.cost,
            arguments: call.arguments.map(\.bound))
    }
}
