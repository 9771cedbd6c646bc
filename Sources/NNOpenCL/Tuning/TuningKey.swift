/// Everything that measured times depend on, besides the products themselves.
struct TuningKey: Codable, Hashable {
    let device: String
    let platformVersion: String
    let driverVersion: String
    let clBlastVersion: String
    /// A hash of the kernels' texts.
    let kernels: String
    let form: KernelForm
    let vectorWidth: Int

    /// The key of the kernels as they are now on their device.
    init(_ library: KernelLibrary) {
        self.init(library.device, form: library.form, vectorWidth: library.vectorWidth)
    }

    /// The key of the kernels that a device gets where nobody asks for others.
    init(_ device: Device) {
        self.init(
            device, form: KernelForm(for: device),
            vectorWidth: KernelLibrary.vectorWidth(for: device))
    }

    private init(_ device: Device, form: KernelForm, vectorWidth: Int) {
        self.device = device.name
        platformVersion = device.platformVersion
        driverVersion = device.driverVersion
        clBlastVersion = CLBlastParameters.libraryVersion
        let texts = KernelFile.allCases.filter { $0.rawValue.hasPrefix("matmul") }
            .flatMap { $0.needed + [$0] }.map(\.text)
        kernels = String(BinaryCacheEntry.hash(texts.joined().utf8), radix: 16)
        self.form = form
        self.vectorWidth = vectorWidth
    }

    /// The fields by the names that messages give them.
    private var fields: [(name: String, value: String)] {
        [
            ("device", device), ("platform", platformVersion), ("driver", driverVersion),
            ("CLBlast", clBlastVersion), ("kernel hash", kernels), ("form", form.rawValue),
            ("vector width", String(vectorWidth)),
        ]
    }

    /// The first field in which another key differs; nil if they are the same.
    func difference(from other: TuningKey) -> (field: String, own: String, other: String)? {
        zip(fields, other.fields).first { $0.value != $1.value }
            .map { ($0.name, $0.value, $1.value) }
    }

    /// A name for the key's file.
    var fileName: String {
        let text = fields.map(\.value).joined(separator: "\0")
        return "tuning-\(String(BinaryCacheEntry.hash(text.utf8), radix: 16)).json"
    }
}
