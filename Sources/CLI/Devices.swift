import ArgumentParser
import NNGPU

/// `nngpu devices`.
struct Devices: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Lists the OpenCL devices that --device accepts.",
        discussion: "Example: nngpu devices --json")

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        try DriverStart.check()
        Console.diagnoseDrivers()
        if json { return try Console.printJSON(Device.all.map(Entry.init)) }
        let header = ["device", "kind", "name", "platform", "driver", "units", "memory"]
        let rows = Device.all.map { device in
            [
                String(device.index), device.kind.rawValue, device.name, device.platformName,
                device.driverVersion, String(device.computeUnits),
                "\(device.globalMemoryBytes >> 20) MiB",
            ]
        }
        let reference = ["reference", "cpu", "plain loops in double precision"]
        try Console.print(Console.table([header] + rows + [reference]))
        if Device.all.isEmpty { Console.diagnose("No OpenCL device: run `nngpu doctor`.") }
    }

    private struct Entry: Encodable {
        let index: Int
        let kind: String
        let name: String
        let vendor: String
        let platform: String
        let platformVersion: String
        let version: String
        let driverVersion: String
        let computeUnits: Int
        let maximumClockMHz: Int
        let maximumWorkgroupSize: Int
        let nativeFloatVectorWidth: Int
        let globalMemoryBytes: Int
        let maximumAllocationBytes: Int
        let localMemoryBytes: Int

        init(_ device: Device) {
            index = device.index
            kind = device.kind.rawValue
            name = device.name
            vendor = device.vendor
            platform = device.platformName
            platformVersion = device.platformVersion
            version = device.version
            driverVersion = device.driverVersion
            computeUnits = device.computeUnits
            maximumClockMHz = device.maximumClockMHz
            maximumWorkgroupSize = device.maximumWorkgroupSize
            nativeFloatVectorWidth = device.nativeFloatVectorWidth
            globalMemoryBytes = device.globalMemoryBytes
            maximumAllocationBytes = device.maximumAllocationBytes
            localMemoryBytes = device.localMemoryBytes
        }
    }
}
