import Foundation
import NNGPU
import Testing

@Suite struct DeviceTests {
    /// What the loader finds when it is told to look into a folder without drivers.
    static func withoutDrivers(_ workspace: Workspace) throws -> [String: String] {
        try workspace.write("", as: "no-drivers/README")
        return ["OCL_ICD_VENDORS": workspace.url.appending(path: "no-drivers").path + "/"]
    }

    @Test func devicesListsWhatTheLibraryFinds() throws {
        let table = try Workspace().succeed("devices")
        for device in Device.all { #expect(table.contains(device.name)) }
        #expect(table.contains("reference"))
        #expect(table.split(separator: "\n").count == Device.all.count + 2)
    }

    @Test func devicesAsJSON() throws {
        let devices = try Workspace().decode([Schema.Device].self, "devices --json")
        #expect(devices.map(\.index) == Array(Device.all.indices))
        #expect(devices.map(\.name) == Device.all.map(\.name))
        for device in devices {
            #expect(device.computeUnits > 0 && device.globalMemoryBytes > 0)
            #expect(device.localMemoryBytes > 0 && device.maximumWorkgroupSize > 0)
        }
    }

    @Test(.enabled(if: !Device.all.isEmpty), .enabled(if: FashionMNIST.isInstalled))
    func doctorFindsThisMachineReady() throws {
        let report = try Workspace().succeed("doctor")
        #expect(report.split(separator: "\n").allSatisfy { $0.hasPrefix("ok ") })
        #expect(report.contains("a step agrees with the reference"))
        let findings = try Workspace().decode([Schema.Finding].self, "doctor --json")
        #expect(findings.allSatisfy { $0.isGood })
        #expect(findings.count == report.split(separator: "\n").count)
    }

    @Test func doctorSaysWhatIsMissing() throws {
        let workspace = try Workspace()
        var environment = try Self.withoutDrivers(workspace)
        environment["NNGPU_DATA"] = workspace.url.path
        for line in ["doctor", "doctor --json"] {
            let outcome = try workspace.run(line, environment: environment)
            #expect(outcome.code == 1)
            #expect(outcome.stdout.contains("install the GPU vendor's driver"))
            #expect(outcome.stdout.contains("dataset-fashion-mnist"))
            #expect(outcome.stderr == "")
        }
    }

    @Test func withoutADriverTheReferenceHasToBeAskedFor() throws {
        let workspace = try Workspace()
        let environment = try Self.withoutDrivers(workspace)
        let devices = try workspace.run("devices", environment: environment)
        #expect(devices.code == 0)
        #expect(devices.stdout.contains("reference"))
        #expect(devices.stderr.contains("nngpu doctor"))
        #expect(try workspace.succeed("devices --json", environment: environment) == "[\n\n]\n")
        for device in ["auto", "gpu", "0"] {
            let outcome = try workspace.run(
                "train --data xor --hidden 3 --steps 2 --device \(device)", environment: environment
            )
            #expect(outcome.code == 69)
            #expect(outcome.stderr.contains("pocl-opencl-icd"))
            #expect(outcome.stderr.contains("--device reference"))
        }
        let training = try workspace.decode(
            Schema.Training.self, "train --data xor --hidden 3 --steps 2 --json --device reference",
            environment: environment)
        #expect(training.device.lowercased().contains("reference"))
    }

    @Test(.enabled(if: !Device.all.isEmpty && !Device.all.contains { $0.kind == .gpu }))
    func whoInsistsOnAGPUGetsNothingElse() throws {
        let outcome = try Workspace().run("train --data xor --steps 1 --device gpu")
        #expect(outcome.code == 69)
        #expect(outcome.stderr.contains("no GPU") && outcome.stderr.contains(Device.all[0].name))
    }

    /// Folders that are missing or may not be written to cost a remark of doctor's.
    @Test(
        .enabled(if: !Device.all.isEmpty),
        // Nobody looks for a home where a cache is named.
        arguments: (ProcessInfo.processInfo.environment["XDG_CACHE_HOME"] == nil ? ["HOME"] : [])
            + ["XDG_CACHE_HOME", "POCL_CACHE_DIR"])
    func aFolderThatCannotBeUsedIsMended(variable: String) throws {
        let workspace = try Workspace()
        try workspace.write("", as: "file")
        let environment = [
            variable: workspace.url.appending(path: "file/deeper").path, "NNGPU_CACHE": "",
            "TMPDIR": workspace.url.path,
        ]
        try workspace.succeed(
            "train --data xor --hidden 3 --steps 2 --save m.safetensors", environment: environment)
        #expect(workspace.exists("m.safetensors"))
        let report = try workspace.run("doctor", environment: environment).stdout
        #expect(report.contains(workspace.url.path + "/file/deeper"))
    }
}
