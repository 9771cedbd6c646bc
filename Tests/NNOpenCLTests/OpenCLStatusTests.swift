import COpenCL
import Testing

@testable import NNOpenCL

@Suite struct OpenCLStatusTests {
    @Test(
        arguments: [
            (0, "CL_SUCCESS (0)"), (CL_OUT_OF_RESOURCES, "CL_OUT_OF_RESOURCES (-5)"),
            (CL_BUILD_PROGRAM_FAILURE, "CL_BUILD_PROGRAM_FAILURE (-11)"),
            (CL_INVALID_DEVICE_PARTITION_COUNT, "CL_INVALID_DEVICE_PARTITION_COUNT (-68)"),
            (-72, "CL_MAX_SIZE_RESTRICTION_EXCEEDED (-72)"),
            (-1001, "CL_PLATFORM_NOT_FOUND_KHR (-1001)"),
            (CLBlastNotImplemented.rawValue, "CLBlastNotImplemented (-1024)"),
            (CLBlastInsufficientMemoryY.rawValue, "CLBlastInsufficientMemoryY (-1007)"),
            (CLBlastInsufficientMemoryTemp.rawValue, "CLBlastInsufficientMemoryTemp (-2050)"),
            (CLBlastUnexpectedError.rawValue, "CLBlastUnexpectedError (-2039)"),
            (-4711, "unknown status (-4711)"),
        ] as [(Int32, String)])
    func describesItselfByNameAndNumber(code: Int32, description: String) {
        #expect(OpenCLStatus(rawValue: code).description == description)
    }

    @Test func everyCodeOfTheRangesHasAName() {
        let unassigned: Set<Int32> = Set(-29 ... -20).union([-1023])
        let ranges: [ClosedRange<Int32>] = [-72...0, -1024 ... -1007, -2050 ... -2039]
        for code in ranges.joined() where !unassigned.contains(code) {
            let description = OpenCLStatus(rawValue: code).description
            #expect(description.hasPrefix("CL"), "\(code)")
        }
    }
}
