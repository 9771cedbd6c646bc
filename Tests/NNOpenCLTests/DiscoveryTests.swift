import Foundation
import Testing

@testable import NNOpenCL

@Suite struct DiscoveryTests {
    @Test func deviceIsPresentWhereRequired() {
        let required = ProcessInfo.processInfo.environment["NNGPU_REQUIRE_OPENCL"] == "1"
        #expect(Testbed.hasDevice || !required, "problems: \(Discovery.shared.problems)")
    }

    @Test(.enabled(if: Testbed.hasDevice))
    func listIsNumberedAndOrdered() {
        #expect(Device.all.map(\.id) == Array(Device.all.indices))
        let ranks = Device.all.map { Device.Kind.allCases.firstIndex(of: $0.kind) ?? .max }
        #expect(ranks == ranks.sorted())
    }

    /// In a process of its own, where nobody has looked for devices before.
    @Test(.enabled(if: Testbed.hasDevice))
    func threadsThatDiscoverTogetherSeeTheSame() async {
        await #expect(processExitsWith: .success) {
            let lists = await withTaskGroup(of: [String].self) { group in
                for _ in 0..<8 {
                    group.addTask { Device.all.map { "\($0.index) \($0.name) \($0.handle)" } }
                }
                return await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(lists.count == 1)
            #expect(lists.first?.isEmpty == false)
        }
    }

    @Test(.enabled(if: Testbed.hasDevice), arguments: Device.all.indices)
    func deviceDescribesItself(index: Int) throws {
        let device = try Device.at(index)
        for text in [
            device.name, device.vendor, device.platformName, device.driverVersion,
        ] {
            #expect(!text.isEmpty)
        }
        #expect(device.version.hasPrefix("OpenCL "))
        #expect(device.platformVersion.hasPrefix("OpenCL "))
        #expect(device.openCLCVersion.hasPrefix("OpenCL C "))
        #expect(device.computeUnits > 0 && device.maximumWorkgroupSize > 0)
        #expect(device.maximumWorkItemSizes.count >= 3)
        #expect(device.maximumAllocationBytes <= device.globalMemoryBytes)
        #expect(device.localMemoryBytes > 0)
        #expect(device.supportsDouble || !device.extensions.contains("cl_khr_fp64"))
    }

    @Test(.enabled(if: Testbed.hasDevice), arguments: [-1, 99])
    func absentDeviceIsAnErrorWithTheList(index: Int) throws {
        let first = try Device.at(0)
        let error = #expect(throws: OpenCLError.self) { try Device.at(index) }
        #expect(error?.description.contains("no device \(index): ") == true)
        #expect(error?.description.contains("0 (\(first.name))") == true)
    }

    @Test func machineWithoutDriverHasNoDevices() async {
        await #expect(processExitsWith: .success) {
            try await withTemporaryFolder { folder throws in
                setenv("OCL_ICD_VENDORS", folder, 1)
                #expect(Device.all.isEmpty)
                #expect(Discovery.shared.problems.isEmpty)
                #expect(throws: OpenCLError.noDriver) { try Device.at(0) }
                #expect(OpenCLError.noDriver.description.contains("pocl-opencl-icd"))
            }
        }
    }

    @Test func poclPinsThreadsAndCompilesOnceUnlessToldOtherwise() async {
        await #expect(processExitsWith: .success) {
            unsetenv("POCL_AFFINITY")
            unsetenv("POCL_WORK_GROUP_SPECIALIZATION")
            _ = Device.all
            #expect(getenv("POCL_AFFINITY").map { String(cString: $0) } == "1")
            #expect(getenv("POCL_WORK_GROUP_SPECIALIZATION").map { String(cString: $0) } == "0")
        }
        await #expect(processExitsWith: .success) {
            setenv("POCL_AFFINITY", "0", 1)
            setenv("POCL_WORK_GROUP_SPECIALIZATION", "1", 1)
            _ = Device.all
            #expect(getenv("POCL_AFFINITY").map { String(cString: $0) } == "0")
            #expect(getenv("POCL_WORK_GROUP_SPECIALIZATION").map { String(cString: $0) } == "1")
        }
    }
}
