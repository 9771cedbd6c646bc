import ArgumentParser
import Foundation
import NNGPU

/// `nngpu doctor`.
struct Doctor: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Checks drivers, devices, caches and data, and says what to do about problems.",
        discussion: "Example: nngpu doctor")

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        try DriverStart.check()
        let findings =
            drivers + surroundings + Device.all.map(Self.selfTest) + cacheFolder + [dataSet]
        if json {
            try Console.printJSON(findings)
        } else {
            for finding in findings {
                try Console.print("\(finding.isGood ? "ok  " : "FAIL")  \(finding.what)")
            }
        }
        if findings.contains(where: { !$0.isGood }) { throw ExitCode(1) }
    }

    private struct Finding: Encodable {
        let isGood: Bool
        let what: String
    }

    private var drivers: [Finding] {
        let discovery = Discovery.shared
        let problems = discovery.problems.map { Finding(isGood: false, what: $0) }
        guard discovery.platformCount > 0 else {
            return problems + [Finding(isGood: false, what: OpenCLError.noDriver.description)]
        }
        let counted =
            "OpenCL: \(discovery.platformCount) platform\(discovery.platformCount == 1 ? "" : "s"), "
            + "\(discovery.devices.count) device\(discovery.devices.count == 1 ? "" : "s")"
        guard !discovery.devices.isEmpty || !problems.isEmpty else {
            let reasons = OpenCLError.noDevice(discovery.remedies).description
            return [Finding(isGood: false, what: "\(counted): \(reasons)")]
        }
        return [Finding(isGood: !discovery.devices.isEmpty, what: counted)] + problems
    }

    /// Takes a step of a real size in a process of its own, and compares it with the reference.
    private static func selfTest(_ device: Device) -> Finding {
        let name = "device \(device.index): \(device.name) (\(device.platformName))"
        do {
            let (workarounds, failures) = try DriverTrust(device: device, isQuiet: true).examine()
            let remark = failures.first.map { " with \(workarounds), as \($0.reason)" } ?? ""
            return Finding(
                isGood: true, what: "\(name): a step agrees with the reference\(remark)")
        } catch {
            return Finding(isGood: false, what: "\(error)")
        }
    }

    /// What was set right in the surroundings, or could not be.
    private var surroundings: [Finding] {
        let processors = Finding(
            isGood: true,
            what: "this process may keep \(Discovery.shared.processorCount) processors busy")
        return [processors]
            + Discovery.shared.remedies.map {
                Finding(isGood: !Device.all.isEmpty, what: $0)
            }
    }

    private var cacheFolder: [Finding] {
        let isOff = ProcessInfo.processInfo.environment["NNGPU_CACHE"] == "off"
        let problems = OpenCLBackend.programFolderProblems
        guard let folder = OpenCLBackend.programFolder else {
            return [
                Finding(
                    isGood: isOff,
                    what: isOff
                        ? "built programs are not kept (NNGPU_CACHE=off)"
                        : "built programs are not kept, and every run compiles its kernels anew: "
                            + "\(problems.joined(separator: "; ")): set NNGPU_CACHE to a folder that "
                            + "only you may write to")
            ]
        }
        let reasons = problems.isEmpty ? "" : ", as \(problems.joined(separator: "; "))"
        return [Finding(isGood: true, what: "built programs are kept in \(folder)\(reasons)")]
    }

    private var dataSet: Finding {
        do {
            let split = try DataSource("fashion-mnist").load(seed: 0)
            return Finding(
                isGood: true,
                what: "fashion-mnist: \(split.train.count.grouped) training and "
                    + "\((split.test?.count ?? 0).grouped) test images")
        } catch {
            return Finding(isGood: false, what: "fashion-mnist: \(error)")
        }
    }
}
