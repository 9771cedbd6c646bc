import COpenCL
import Testing

@testable import NNOpenCL

@Suite(.enabled(if: Testbed.hasDevice)) struct LiveObjectsTests {
    /// In a process of its own, because the counts are those of all tests that run at the time.
    @Test func nothingOutlivesItsContext() async {
        await #expect(processExitsWith: .success) {
            func counts() -> [Int] { LiveObjects.Kind.allCases.map(LiveObjects.count) }

            func work() throws {
                let context = try Testbed.makeContext(profiling: true)
                let program = try context.programs.program(
                    named: "test", source: Testbed.scaleSource)
                let x = try context.makeBuffer([1, 2, 3] as [Float])
                let launch = try program.launch("scale", global: [3], x, Float(2))
                let event = try context.queue.enqueueProfiled(launch)
                _ = try context.pool.allocate(byteCount: 5000)
                _ = try? context.programs.program(named: "broken", source: "no kernel")
                _ = try? program.launch("scale", global: [3], x)
                #expect(counts() == [1, 1, 2, 1, 1, 1])
                context.pool.trim()
                #expect(LiveObjects.count(of: .buffer) == 1)
                try context.queue.finish()
                withExtendedLifetime(event) {}
            }

            for _ in 0..<3 { try work() }
            #expect(counts() == [0, 0, 0, 0, 0, 0])
        }
    }

    /// The counts are our own; this asks the driver for its.
    @Test func handleGivesUpItsReferenceToTheObject() throws {
        let context = try Testbed.makeContext()
        let program = try context.programs.program(named: "test", source: Testbed.scaleSource)
        let kernel = try program.kernel(named: "scale")
        let buffer = try context.pool.allocate(byteCount: 4)
        let marker = try Handle(.event, "clEnqueueMarkerWithWaitList") { status in
            var event: cl_event?
            status.pointee = clEnqueueMarkerWithWaitList(context.queue.handle, 0, nil, &event)
            return event
        }
        let kernelInfo = InfoQuery("clGetKernelInfo") {
            clGetKernelInfo(kernel.handle, $0, $1, $2, $3)
        }
        let programAddress = try kernelInfo.integer(CL_KERNEL_PROGRAM, as: Int.self)
        try context.queue.finish()

        let objects: [(LiveObjects.Kind, OpaquePointer)] = [
            (.context, context.handle), (.queue, context.queue.handle),
            (.buffer, buffer.handle), (.kernel, kernel.handle), (.event, marker.raw),
            (.program, try #require(OpaquePointer(bitPattern: programAddress))),
        ]
        for (kind, object) in objects {
            let references = try references(to: object, of: kind)
            #expect(retain(object, of: kind) == CL_SUCCESS)
            _ = Handle(adopting: object, as: kind)
            #expect(try self.references(to: object, of: kind) == references, "\(kind)")
        }
        withExtendedLifetime((context, kernel, buffer, marker)) {}
    }

    private func retain(_ object: OpaquePointer, of kind: LiveObjects.Kind) -> Int32 {
        switch kind {
        case .context: clRetainContext(object)
        case .queue: clRetainCommandQueue(object)
        case .buffer: clRetainMemObject(object)
        case .program: clRetainProgram(object)
        case .kernel: clRetainKernel(object)
        case .event: clRetainEvent(object)
        }
    }

    private func references(
        to object: OpaquePointer, of kind: LiveObjects.Kind
    ) throws -> cl_uint {
        let (parameter, call): (Int32, InfoQuery.Call) =
            switch kind {
            case .context:
                (CL_CONTEXT_REFERENCE_COUNT, { clGetContextInfo(object, $0, $1, $2, $3) })
            case .queue:
                (CL_QUEUE_REFERENCE_COUNT, { clGetCommandQueueInfo(object, $0, $1, $2, $3) })
            case .buffer: (CL_MEM_REFERENCE_COUNT, { clGetMemObjectInfo(object, $0, $1, $2, $3) })
            case .program:
                (CL_PROGRAM_REFERENCE_COUNT, { clGetProgramInfo(object, $0, $1, $2, $3) })
            case .kernel: (CL_KERNEL_REFERENCE_COUNT, { clGetKernelInfo(object, $0, $1, $2, $3) })
            case .event: (CL_EVENT_REFERENCE_COUNT, { clGetEventInfo(object, $0, $1, $2, $3) })
            }
        return try InfoQuery("clGet…Info", call).integer(parameter, as: cl_uint.self)
    }
}
