import Foundation

/// What is known of a device's driver, kept beside its tuning: what it has to be spared.
///
/// It holds for just this device, driver and text of the kernels. Only what was found right is kept:
/// whatever failed is tried anew next time.
package struct DriverRecord: Codable {
    /// What everything that runs on the device is spared; nil if nobody has looked yet.
    package var workarounds: Workarounds?
    /// The same for trainings that were looked at themselves, by a digest of what their steps depend on.
    package var steps: [String: Workarounds] = [:]
    private var key: Key

    /// More trainings than anybody goes back to.
    private static let stepLimit = 500

    private struct Key: Codable, Hashable {
        let device, platformVersion, driverVersion, clBlastVersion, kernels: String
        /// How many cores meet in a launch.
        let computeUnits: Int

        init(_ device: Device) {
            self.device = device.name
            platformVersion = device.platformVersion
            driverVersion = device.driverVersion
            clBlastVersion = CLBlastParameters.libraryVersion
            let texts = KernelFile.allCases.map(\.text)
            kernels = String(BinaryCacheEntry.hash(texts.joined().utf8), radix: 16)
            computeUnits = device.computeUnits
        }

        /// Where the record is kept; nil if nothing is.
        var path: String? {
            let text = [
                device, platformVersion, driverVersion, clBlastVersion, kernels,
                String(computeUnits),
            ].joined(separator: "\0")
            let name = "driver-\(String(BinaryCacheEntry.hash(text.utf8), radix: 16)).json"
            return CacheFolder.shared.path.map { "\($0)/\(name)" }
        }
    }

    /// Reads what is known of a device; nothing is, if there is no whole file of this user's own.
    package init(of device: Device) {
        key = Key(device)
        guard let path = key.path, let bytes = SmallFile.read(path, ownedOnly: true),
            let kept = try? JSONDecoder().decode(DriverRecord.self, from: Data(bytes)),
            kept.key == key
        else { return }
        self = kept
    }

    /// Keeps it, if that is possible.
    package func keep() {
        var kept = self
        if kept.steps.count > Self.stepLimit { kept.steps = [:] }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        guard let path = key.path, let text = try? encoder.encode(kept) else { return }
        SmallFile.replace(path, with: Array(text))
    }

    /// A digest of a text, the same in every process.
    package static func digest(of text: String) -> String {
        String(BinaryCacheEntry.hash(text.utf8), radix: 16)
    }
}
