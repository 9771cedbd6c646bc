import Testing

@testable import NNOpenCL

@Suite(.enabled(if: Testbed.hasDevice)) struct ProgramTests {
    @Test func refusedProgramCarriesTheCompilersWords() throws {
        let context = try Testbed.makeContext()
        let error = #expect(throws: OpenCLError.self) {
            try context.programs.program(
                named: "broken", source: "kernel void f(global float *x) { x[0] = florp; }")
        }
        guard case .build(let program, let device, let log) = error else {
            Issue.record("not a build error: \(String(describing: error))")
            return
        }
        #expect(program == "broken")
        #expect(device == context.device.name)
        #expect(log.contains("florp"))
        #expect(error?.description.contains("florp") == true)
    }

    @Test func optionsReachTheCompiler() throws {
        let context = try Testbed.makeContext()
        let source = "kernel void f(global float *x) { x[0] = VALUE; }"
        let x = try context.makeBuffer([0] as [Float])
        for value in [3, 4] as [Float] {
            let program = try context.programs.program(
                named: "test", source: source, options: "-DVALUE=\(value)f")
            try context.queue.enqueue(program.launch("f", global: [1], x))
            #expect(try context.elements(of: x) == [value])
        }
    }

    @Test func unknownKernelIsAClearError() throws {
        let context = try Testbed.makeContext()
        let program = try context.programs.program(named: "test", source: Testbed.scaleSource)
        let error = #expect(throws: OpenCLError.self) { try program.kernel(named: "scald") }
        #expect(error?.description.contains("looking up kernel scald") == true)
        #expect(error?.description.contains("CL_INVALID_KERNEL_NAME (-46)") == true)
    }
}
