extension OpenCLBackend {
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
    ///     smallest work is divided among all cores; and the compiler checks each of its passes.
    ///   - vectorWidth: The floats in a vector, 1, 4, 8 or 16; by default what the device likes.
    ///   - isProfiling: Whether ``profile(_:runs:)`` can tell how long each launch takes.
    ///   - workarounds: What the driver is spared; by default what `nngpu` has found out about it.
    /// - Throws: ``OpenCLError`` if the device cannot be opened.
    public convenience init(
        _ device: Device, form: KernelForm? = nil, isPoisoning: Bool = false,
        vectorWidth: Int? = nil, isProfiling: Bool = false, workarounds: Workarounds? = nil
    ) throws {
        try self.init(
            device, form: form, isPoisoning: isPoisoning, vectorWidth: vectorWidth,
            isProfiling: isProfiling, workarounds: workarounds
        ) { TuningFile.load(for: TuningKey($0)) }
    }

    /// What was measured for products on this device, which the kernels of graphs compiled from now
    /// on are chosen by; nil if nothing was, and the rules choose.
    public package(set) var tuning: TuningFile? {
        get { advice as? TuningFile }
        set { advice = newValue }
    }

    /// Why a tuning file was not used.
    public var tuningProblem: TuningFileError? { adviceProblem as? TuningFileError }

    /// A digest of the tuning: the same choices of kernels have the same; nil where rules choose.
    public var tuningDigest: String? {
        tuning.map { tuning in
            let choices = tuning.products.map { "\($0.shape) \($0.method)" }
            return String(BinaryCacheEntry.hash(choices.joined(separator: "\n").utf8), radix: 16)
        }
    }

    /// Where the tuning file for this device and its kernels is kept; nil if there is no place.
    ///
    /// `NNGPU_TUNING` names the file, or says `off`; else it lies among the built programs.
    public var tuningPath: String? { TuningFile.defaultPath(for: TuningKey(kernels)) }

    /// The tuning file that a backend of a device would use, as text; empty if there is none.
    package static func tuningText(for device: Device) -> String {
        let path = TuningFile.defaultPath(for: TuningKey(device))
        return path.flatMap { SmallFile.read($0) }.map { String(decoding: $0, as: UTF8.self) } ?? ""
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
