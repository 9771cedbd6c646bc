import Foundation
import NNGPU
import Testing

/// Some of what `make test-faults` tries on every call: OpenCL fails, or computes wrongly.
@Suite(.enabled(if: !Device.all.isEmpty)) struct FaultTests {
    private let workspace: Workspace
    private let train =
        "train --data moons --hidden 16 --batch-size 64 --no-tune --quiet --save model.safetensors"

    /// Compiles the library that stands between the tool and the driver.
    init() throws {
        workspace = try Workspace()
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent()
        let compiler = try Process.run(
            URL(fileURLWithPath: "/usr/bin/env"),
            arguments: [
                "cc", "-shared", "-fPIC", "-w", "-o", workspace.url.path + "/faults.so",
                tests.appending(path: "Faults/faults.c").path, "-ldl",
            ])
        compiler.waitUntilExit()
        try #require(compiler.terminationStatus == 0)
    }

    private func run(
        _ line: String, failing first: Int, silent: String? = nil, spoiling spoiled: String? = nil,
        cache: String? = nil
    ) throws -> Outcome {
        var environment = [
            "LD_PRELOAD": workspace.url.path + "/faults.so", "FAULTS_AT": String(first),
            "FAULTS_STATE": workspace.url.path + "/state-\(UUID().uuidString)",
        ]
        environment["FAULTS_SILENT"] = silent
        environment["FAULTS_SPOIL"] = spoiled
        environment["NNGPU_CACHE"] = cache.map { workspace.url.path + "/" + $0 }
        return try workspace.run(line, environment: environment)
    }

    @Test func aDriverThatFailsIsNamedAndNotReplacedByTheReference() throws {
        let listed = try run("devices", failing: 1)
        #expect(listed.code == 0)
        #expect(listed.stderr.contains("left out: clGetPlatformIDs failed"))
        for device in ["auto", "0"] {
            let outcome = try run("\(train) --steps 9 --device \(device)", failing: 1)
            #expect(outcome.code == 69)
            #expect(outcome.stderr.contains("nngpu: no device can be used because its driver"))
        }
        #expect(!workspace.exists("model.safetensors"))
    }

    @Test func aFaultInATrainingLeavesTheCheckpointAsItIs() throws {
        let checkpointed = "\(train) --device 0 --checkpoint run --every 10 --resume"
        try workspace.succeed("\(checkpointed) --steps 10")
        let outcome = try run("\(checkpointed) --steps 40", failing: 400)
        #expect(outcome.code == 1)
        #expect(outcome.stderr.contains("nngpu: cl"))
        try workspace.succeed("\(checkpointed) --steps 40")
        let resumed = try workspace.data("model.safetensors")
        try workspace.succeed("\(train) --steps 40 --device 0")
        #expect(try workspace.data("model.safetensors") == resumed)
    }

    /// The same weights as without the kernel that is wrong, and a word about it.
    @Test(arguments: [("chain", false), ("chain", true)])
    func aKernelThatIsWrongFromTheStartIsReplaced(kernel: String, isSilent: Bool) throws {
        let line = "\(train) --device 0 --steps 30"
        let outcome = try run(
            line, failing: 1, silent: isSilent ? kernel : nil,
            spoiling: isSilent ? nil : kernel, cache: "new")
        #expect(outcome.code == 0, "\(outcome)")
        #expect(outcome.stderr.contains("does not get it right by itself"))
        #expect(outcome.stderr.contains(kernel))
        #expect(outcome.stderr.contains("a launch for each kernel"))
        let replaced = try workspace.data("model.safetensors")
        // What is known is not looked for again.
        let again = try run(line, failing: .max, cache: "new")
        #expect(again.code == 0 && again.stderr == "")
        #expect(try workspace.data("model.safetensors") == replaced)
        try workspace.succeed(line)
        #expect(try workspace.data("model.safetensors") == replaced)
    }

    /// A driver that computes nothing whatever it is asked for.
    @Test func aDriverThatIsWrongWithEverythingIsRefusedByName() throws {
        let outcome = try run(
            "\(train) --device 0 --steps 30", failing: 1, silent: "", cache: "refused")
        #expect(outcome.code == 1)
        #expect(outcome.stderr.contains("nngpu: device 0, \(Device.all[0].name)"))
        #expect(outcome.stderr.contains("in the kernel"))
        #expect(!workspace.exists("model.safetensors"))
    }

    /// Right when it was looked at, wrong later.
    @Test func aKernelThatBecomesWrongIsNoticedByAnAudit() throws {
        let audited = "\(train) --steps 400 --device 0 --audit 5"
        try workspace.succeed(audited)
        let outcome = try run(audited, failing: 400, spoiling: "chain")
        #expect(outcome.code == 1)
        #expect(outcome.stderr.contains("`nngpu check`"))
    }

    /// What was computed before stays where it is, so all numbers are finite and plausible.
    @Test func aDeviceThatComputesNothingAnyMoreIsNoticedByAnAudit() throws {
        let audited = "\(train) --steps 40 --device 0 --audit 5"
        try workspace.succeed(audited)
        let outcome = try run(audited, failing: 400, silent: "")
        #expect(outcome.code == 1)
        // Numbers that are not there at all may be no numbers, which is noticed as well.
        #expect(outcome.stderr.contains("`nngpu check`"))
    }
}
