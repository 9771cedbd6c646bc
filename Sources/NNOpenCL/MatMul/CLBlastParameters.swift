import COpenCL
import Glibc
import Synchronization

/// Parameters for CPU devices, which CLBlast's own table does not know.
///
/// CLBlast 1.5 falls back to tiles for a GPU there: 32×32 in scalars, and every product below 896³
/// on its direct kernel. On two AVX2 cores under PoCL that gives 9 to 12 GFLOP/s on the products of
/// a training step, these parameters 46 to 90. The drivers want opposite things: PoCL wants explicit
/// vectors, Intel's compiler vectorizes across work-items by itself.
enum CLBlastParameters {
    private static let applied = Mutex<Set<Int>>([])

    /// Gives CLBlast the parameters for a device, once per process.
    static func apply(to device: Device) throws {
        guard device.kind == .cpu else { return }
        let isNew = applied.withLock { $0.insert(device.index).inserted }
        guard isNew else { return }
        let products = device.platformName.contains("Intel") ? productsOnIntel : productsOnPoCL
        try override("Xgemm", products, on: device)
        for (kernel, parameters) in helpers { try override(kernel, parameters, on: device) }
    }

    private static let productsOnPoCL: KeyValuePairs<String, Int> = [
        "GEMMK": 0, "KREG": 1, "KWG": 32, "KWI": 2, "MDIMA": 8, "MDIMC": 8, "MWG": 64,
        "NDIMB": 32, "NDIMC": 8, "NWG": 128, "SA": 0, "SB": 0, "STRM": 0, "STRN": 0,
        "VWM": 8, "VWN": 4,
    ]

    private static let productsOnIntel: KeyValuePairs<String, Int> = [
        "GEMMK": 0, "KREG": 1, "KWG": 32, "KWI": 2, "MDIMA": 16, "MDIMC": 16, "MWG": 16,
        "NDIMB": 8, "NDIMC": 8, "NWG": 64, "SA": 0, "SB": 0, "STRM": 0, "STRN": 0,
        "VWM": 1, "VWN": 4,
    ]

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
