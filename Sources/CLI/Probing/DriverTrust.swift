import Foundation
import NNGPU

/// No driver is trusted with numbers before its kernels have been seen to give the right ones.
///
/// They run in a process of their own, which a driver may crash, hang or mislead without harm. What a
/// driver cannot do is replaced by something that it can, and what was found right is kept
/// (``DriverRecord``), so that this happens once for a device, its driver, and a kind of training.
struct DriverTrust {
    /// The longest that one way of computing is waited for: compilers take a minute on a busy machine.
    private static let timeLimit = Duration.seconds(300)

    let device: Device
    /// Whether nothing is said about what goes well.
    let isQuiet: Bool

    /// What the driver is to be spared in a training, or in everything that the standard training stands
    /// for.
    ///
    /// - Parameter subject: The training; nil for everything.
    /// - Returns: The least that has to be spared.
    /// - Throws: ``DriverError`` if it cannot do it at all.
    func workarounds(for subject: ProbeSubject?) throws -> Workarounds {
        var record = DriverRecord(of: device)
        guard DriverTrust.isWanted else { return record.workarounds ?? Workarounds() }
        let digest = try subject.map { try Self.digest(of: $0, on: device) }
        let known = digest == nil ? record.workarounds : digest.flatMap { record.steps[$0] }
        if let known { return known }
        if !isQuiet, Console.isTerminal {
            Console.redraw("checking the kernels on \(device.name), as this is their first use")
        }
        defer { if !isQuiet, Console.isTerminal { Console.redraw("") } }

        // What everything else is spared, this is, too.
        let ways = Workarounds.sequence(for: device).drop {
            record.workarounds != nil && $0 != record.workarounds
        }
        let (way, failures) = try firstRight(of: Array(ways), for: subject ?? .standard())
        if let first = failures.first {
            if !isQuiet, Console.isTerminal { Console.redraw("") }
            Console.diagnose(
                "\(device.name) does not get it right by itself (\(first.reason)): it is given \(way)"
            )
        }
        // Whatever could not be found out today may be fine tomorrow.
        if failures.allSatisfy(\.isCertain) {
            record = DriverRecord(of: device)
            if let digest { record.steps[digest] = way } else { record.workarounds = way }
            record.keep()
        }
        return way
    }

    private func firstRight(
        of ways: [Workarounds], for subject: ProbeSubject
    ) throws -> (workarounds: Workarounds, failures: [ProbeVerdict]) {
        var failures: [ProbeVerdict] = []
        for way in ways {
            let verdict = try verdict(of: ProbeRequest(subject: subject, workarounds: way))
            if case .right = verdict { return (way, failures) }
            if failures.isEmpty, device.isPoCL {
                try checkCache(with: ProbeRequest(subject: subject, workarounds: way), verdict)
            }
            failures.append(verdict)
        }
        throw DriverError(device: device, failures: failures)
    }

    /// Lets a backend go by the rules again if the driver does not get the training right with the kernels
    /// that were measured: each has been compared by itself, but not all of them together.
    func checkTuning(of backend: OpenCLBackend, for subject: ProbeSubject) {
        guard (try? workarounds(for: subject)) != backend.workarounds else { return }
        Console.diagnose("what was measured for \(device.name) is not used: the rules choose")
        backend.tuning = nil
    }

    /// Looks whether the standard training is right on the device now, whatever was known of it.
    func examine() throws -> (workarounds: Workarounds, failures: [ProbeVerdict]) {
        let found = try firstRight(of: Workarounds.sequence(for: device), for: .standard())
        if found.failures.allSatisfy(\.isCertain) {
            var record = DriverRecord(of: device)
            record.workarounds = found.workarounds
            record.keep()
        }
        return found
    }

    /// Whether the user has not said that the driver is to be trusted.
    private static var isWanted: Bool {
        ProcessInfo.processInfo.environment["NNGPU_PROBE"] != "off"
    }

    /// A digest of everything that the kernels of a training's step depend on.
    private static func digest(of subject: ProbeSubject, on device: Device) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let text = String(decoding: try encoder.encode(subject), as: UTF8.self)
        // Another binary may generate other texts from the same kernels.
        var status = stat()
        stat("/proc/self/exe", &status)
        let binary = "\(status.st_size) \(status.st_mtim.tv_sec) \(status.st_mtim.tv_nsec)"
        let tuning = OpenCLBackend.tuningText(for: device)
        return DriverRecord.digest(of: [text, binary, tuning].joined(separator: "\0"))
    }

    // MARK: - The other process

    /// Throws ``DamagedCacheError`` if what PoCL got wrong is right with an empty cache.
    private func checkCache(with request: ProbeRequest, _ verdict: ProbeVerdict) throws {
        guard let path = try? TemporaryFolder.make() else { return }
        defer { try? FileManager.default.removeItem(atPath: path) }
        // Stored programs may have come out of the same cache.
        let fresh = ["POCL_CACHE_DIR": path, "NNGPU_CACHE": "off"]
        guard case .right = try self.verdict(of: request, environment: fresh) else { return }
        throw DamagedCacheError(
            folder: Discovery.shared.poclCacheFolder, reason: verdict.reason)
    }

    private func verdict(
        of request: ProbeRequest, environment: [String: String] = [:]
    ) throws -> ProbeVerdict {
        let deadline = ContinuousClock.now + Self.timeLimit
        let requests = request.subject.parts.map {
            ProbeRequest(subject: $0, workarounds: request.workarounds)
        }
        // Each compiles kernels of its own, for seconds, on one processor.
        let answers = requests.map { request in
            (request, Result { try start(request, environment: environment) })
        }
        var verdicts = try answers.map { request, process in
            (request, try verdict(of: request, by: process, until: deadline))
        }
        // What did not fit beside the others may fit alone; what took too long would again.
        for (place, (request, verdict)) in verdicts.enumerated() {
            guard case .unknown = verdict, requests.count > 1, .now < deadline else { continue }
            verdicts[place].1 = try self.verdict(
                of: request, by: Result { try start(request, environment: environment) },
                until: deadline)
        }
        return verdicts.map(\.1).first { if case .right = $0 { false } else { true } } ?? .right
    }

    private func start(
        _ request: ProbeRequest, environment: [String: String]
    ) throws -> ChildProcess {
        let child = try ChildProcess(
            Invocation.command(["probe", "--device", String(device.index)]),
            environment: environment)
        try child.send(JSONEncoder().encode(request) + Data("\n".utf8))
        return child
    }

    private func verdict(
        of request: ProbeRequest, by process: Result<ChildProcess, any Error>,
        until deadline: ContinuousClock.Instant
    ) throws -> ProbeVerdict {
        var doing = "opening the device"
        do {
            let child = try process.get()
            while true {
                // Drivers may print on stdout, too.
                let text = try child.receiveLine(until: deadline)
                guard let line = try? JSONDecoder().decode(ProbeLine.self, from: text) else {
                    continue
                }
                if let verdict = line.verdict { return verdict }
                doing = line.doing ?? doing
            }
        } catch ChildProcess.Failure.start {
            // Where no process can be started, wrong numbers are still found.
            return Probe.verdict(on: device, request) { _ in }
        } catch ChildProcess.Failure.timeLimit {
            return .unknown("it took longer than \(Self.timeLimit) with \(doing)")
        } catch let failure as ChildProcess.Failure {
            return .wrong("while \(doing), \(failure)")
        }
    }
}

extension ProbeVerdict {
    /// What was found, in words.
    var reason: String {
        switch self {
        case .right: "it is right"
        case .wrong(let reason), .unknown(let reason): reason
        }
    }

    /// Whether another try would find the same.
    fileprivate var isCertain: Bool {
        if case .unknown = self { false } else { true }
    }
}

/// A driver that does not compute what is asked of it, whatever it is spared.
struct DriverError: Error, CustomStringConvertible {
    let device: Device
    let failures: [ProbeVerdict]

    var description: String {
        let reasons = failures.map(\.reason)
        let distinct = reasons.enumerated().filter { reasons.firstIndex(of: $1) == $0 }.map(\.1)
        return
            "device \(device.index), \(device.name) (\(device.platformName)), does not compute what "
            + "training needs: \(distinct.joined(separator: "; ")): update its driver, or choose "
            + "another device with --device"
    }
}
