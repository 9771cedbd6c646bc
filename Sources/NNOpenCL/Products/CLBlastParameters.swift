import COpenCL
import Glibc
import Synchronization

/// Parameters for CPU devices, which CLBlast's own table does not know.
///
/// CLBlast 1.5 falls back to tiles for a GPU there: 32×32 in scalars, and every product below 896³
/// on its direct kernel. On two AVX2 cores under PoCL that gives 9 to 12 GFLOP/s on the products of
/// a training step, these parameters 46 to 90. The drivers want opposite things: PoCL wants explicit
/// vectors, Intel's compiler vectorizes across work-items by itself.
///
/// A set holds for all products of a device: CLBlast keeps one per process and device, and throws its
/// built programs away when it gets another.
enum CLBlastParameters: String, Codable, CaseIterable {
    /// What CLBlast's own table says, which knows many GPUs.
    case library
    /// Explicit vectors of eight: PoCL.
    case vectors
    /// Scalars that the compiler puts side by side: Intel's driver.
    case scalars
    /// Vectors of eight and sums that stay in registers, without blocks in between.
    case registers

    /// The version of the library that this binary was built with.
    static let libraryVersion =
        "\(CLBLAST_VERSION_MAJOR).\(CLBLAST_VERSION_MINOR).\(CLBLAST_VERSION_PATCH)"

    private static let applied = Mutex<[Int: CLBlastParameters]>([:])

    /// Good enough for a device without measuring.
    init(for device: Device) {
        self =
            switch device.kind {
            case .cpu: device.platformName.contains("Intel") ? .scalars : .vectors
            default: .library
            }
    }

    /// The sets worth measuring on a device.
    static func candidates(for device: Device) -> [CLBlastParameters] {
        device.kind == .cpu ? [.vectors, .scalars, .registers] : [.library]
    }

    /// Gives CLBlast the parameters for a device, unless it has them.
    func apply(to device: Device) throws {
        try Self.applied.withLock { applied in
            guard let products, applied[device.index] != self else { return }
            try Self.override("Xgemm", products, on: device)
            for (kernel, parameters) in Self.helpers {
                try Self.override(kernel, parameters, on: device)
            }
            applied[device.index] = self
        }
    }

    /// The parameters of the kernel that multiplies; nil for CLBlast's own.
    private var products: KeyValuePairs<String, Int>? {
        switch self {
        case .library: nil
        case .vectors:
            [
                "GEMMK": 0, "KREG": 1, "KWG": 32, "KWI": 2, "MDIMA": 8, "MDIMC": 8, "MWG": 64,
                "NDIMB": 32, "NDIMC": 8, "NWG": 128, "SA": 0, "SB": 0, "STRM": 0, "STRN": 0,
                "VWM": 8, "VWN": 4,
            ]
        case .scalars:
            [
                "GEMMK": 0, "KREG": 1, "KWG": 32, "KWI": 2, "MDIMA": 16, "MDIMC": 16, "MWG": 16,
                "NDIMB": 8, "NDIMC": 8, "NWG": 64, "SA": 0, "SB": 0, "STRM": 0, "STRN": 0,
                "VWM": 1, "VWN": 4,
            ]
        case .registers:
            [
                "GEMMK": 1, "KREG": 2, "KWG": 1, "KWI": 1, "MDIMA": 2, "MDIMC": 2, "MWG": 16,
                "NDIMB": 2, "NDIMC": 2, "NWG": 16, "SA": 0, "SB": 0, "STRM": 0, "STRN": 0,
                "VWM": 8, "VWN": 1,
            ]
        }
    }

    /// The copies, paddings and transpositions around a product, and no direct kernel.
    private static let helpers: KeyValuePairs<String, KeyValuePairs<String, Int>> = [
        "GemmRoutine": ["XGEMM_MIN_INDIRECT_SIZE": 1],
        "Copy": ["COPY_DIMX": 16, "COPY_DIMY": 32, "COPY_VW": 8, "COPY_WPT": 1],
        "Pad": ["PAD_DIMX": 32, "PAD_DIMY": 16, "PAD_WPTX": 1, "PAD_WPTY": 1],
        "Transpose": ["TRA_DIM": 8, "TRA_PAD": 1, "TRA_SHUFFLE": 0, "TRA_WPT": 4],
        "Padtranspose": ["PADTRA_PAD": 0, "PADTRA_TILE": 64, "PADTRA_WPT": 1],
    ]

    private static func override(
        _ kernel: String, _ parameters: KeyValuePairs<String, Int>, on device: Device
    ) throws {
        var names = parameters.map { UnsafePointer(strdup($0.key)) }
        defer { for name in names { free(UnsafeMutablePointer(mutating: name)) } }
        let values = parameters.map(\.value)
        let status = CLBlastOverrideParameters(
            device.handle, kernel, CLBlastPrecisionSingle, values.count, &names, values)
        try check(status.rawValue, "CLBlastOverrideParameters", doing: "setting up \(kernel)")
    }
}
