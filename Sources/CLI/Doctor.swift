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
        let findings = drivers + Device.all.map(Self.selfTest) + [cacheFolder, dataSet]
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
        return [Finding(isGood: !discovery.devices.isEmpty, what: counted)] + problems
    }

    /// Trains a few steps on the device and on the reference, and compares.
    private static func selfTest(_ device: Device) -> Finding {
        let name = "device \(device.index): \(device.name) (\(device.platformName))"
        do {
            let check = try GradientCheck(
                of: .multilayerPerceptron(inputs: 12, hidden: [17], outputs: 5), inputShape: [12],
                loss: .softmaxCrossEntropy, on: OpenCLBackend(device), batchSize: 7, samples: 4,
                seed: 1)
            return check.passes
                ? Finding(isGood: true, what: "\(name): gradients agree with the reference")
                : Finding(
                    isGood: false,
                    what: "\(name): it computes wrong gradients; update its driver, and use "
                        + "another device until then")
        } catch {
            return Finding(isGood: false, what: "\(name): \(error)")
        }
    }

    private var cacheFolder: Finding {
        guard let folder = OpenCLBackend.programFolder else {
            return Finding(isGood: true, what: "built programs are not kept (NNGPU_CACHE=off)")
        }
        try? FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        let isWritable = FileManager.default.isWritableFile(atPath: folder)
        return Finding(
            isGood: isWritable,
            what: isWritable
                ? "built programs are kept in \(folder)"
                : "\(folder) is not writable: every run compiles its kernels anew; make it "
                    + "writable or set NNGPU_CACHE to another folder")
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
