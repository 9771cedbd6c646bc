import Testing

@testable import NNOpenCL

@Suite(.enabled(if: Testbed.hasDevice)) struct LaunchTests {
    @Test(arguments: [1, 7, 64, 65, 1000], [nil, 1, 64])
    func vectorAddWritesEveryElementAndNoOther(count: Int, local: Int?) throws {
        let context = try Testbed.makeContext()
        let program = try context.programs.program(named: "test", source: Testbed.vectorSource)
        let a = (0..<count).map(Float.init)
        let b = a.map { 0.5 * $0 + 1 }
        let y = try context.makeBuffer([Float](repeating: .nan, count: count + 3))
        let launch = try program.launch(
            "vector_add", global: [Testbed.roundUp(count, toMultipleOf: 64)],
            local: local.map { [$0] }, context.makeBuffer(a), context.makeBuffer(b), y,
            Int32(count))
        try context.queue.enqueue(launch)
        let result = try context.elements(of: y)
        #expect(result.prefix(count).elementsEqual(zip(a, b).map(+)))
        #expect(result.suffix(3).allSatisfy { $0.isNaN })
    }

    @Test func launchesOfOneKernelKeepTheirOwnArguments() throws {
        let context = try Testbed.makeContext()
        let program = try context.programs.program(named: "test", source: Testbed.scaleSource)
        let x = try context.makeBuffer([1, 10, 100] as [Float])
        let double = try program.launch("scale", global: [3], x, Float(2))
        let triple = try program.launch("scale", global: [3], x, Float(3))
        for launch in [double, triple, double] { try context.queue.enqueue(launch) }
        #expect(try context.elements(of: x) == [12, 120, 1200])
        #expect(context.counters.launches == 3)
    }

    @Test func everyKindOfArgumentAndDimensionArrives() throws {
        let source = """
            kernel void mix_all(
                global float *y, const int i, const uint u, const float f, local float *shared)
            {
                const int x = get_local_id(0);
                const int width = get_local_size(0);
                shared[x] = x;
                barrier(CLK_LOCAL_MEM_FENCE);
                const int row = get_global_id(2) * get_global_size(1) + get_global_id(1);
                y[row * width + x] = 1000 * row + shared[width - 1 - x] + i + u + f;
            }
            """
        let context = try Testbed.makeContext()
        let program = try context.programs.program(named: "test", source: source)
        let y = try context.makeBuffer([Float](repeating: .nan, count: 4 * 3 * 2))
        let launch = try program.launch(
            "mix_all", global: [4, 3, 2], local: [4, 1, 1], y, Int32(-1), UInt32(3), Float(0.5),
            LocalMemory(byteCount: 16))
        try context.queue.enqueue(launch)
        let expected = (0..<24).map { index in
            let (row, column) = index.quotientAndRemainder(dividingBy: 4)
            return Float(1000 * row + 3 - column) + 2.5
        }
        #expect(try context.elements(of: y) == expected)
    }

    @Test func labelAndCostTravelWithTheLaunch() throws {
        let context = try Testbed.makeContext()
        let program = try context.programs.program(named: "test", source: Testbed.scaleSource)
        let x = try context.makeBuffer([1] as [Float])
        let plain = try program.launch("scale", global: [1], x, Float(2))
        #expect(plain.label == "scale")
        let described = try program.launch(
            "scale", global: [1], label: "decay", cost: .init(bytes: 8, flops: 1), x, Float(2))
        #expect(described.label == "decay")
        #expect(described.cost.bytes == 8 && described.cost.flops == 1)
        #expect(described.boundBytes == 4)
    }

    @Test func launchKeepsItsBuffers() throws {
        let context = try Testbed.makeContext()
        let program = try context.programs.program(named: "test", source: Testbed.scaleSource)
        weak var kept: Buffer?
        var launch: Launch?
        do {
            let x = try context.makeBuffer([1] as [Float])
            kept = x
            launch = try program.launch("scale", global: [1], x, Float(2))
        }
        #expect(kept != nil)
        launch = nil
        #expect(kept == nil && launch == nil)
    }

    @Test func launchMayEndBeforeTheDeviceHasRunIt() throws {
        let context = try Testbed.makeContext()
        let program = try context.programs.program(named: "test", source: Testbed.scaleSource)
        let x = try context.makeBuffer([Float](repeating: 1, count: 1000))
        for _ in 0..<200 {
            let scratch = try context.pool.allocate(byteCount: 4000)
            try context.queue.copy(from: x, to: scratch, count: 4000)
            let launch = try program.launch("scale", global: [1000], scratch, Float(2))
            try context.queue.enqueue(launch)
            try context.queue.copy(from: scratch, to: x, count: 4000)
            let undo = try program.launch("scale", global: [1000], x, Float(0.5))
            try context.queue.enqueue(undo)
        }
        context.pool.trim()
        #expect(try context.elements(of: x).allSatisfy { $0 == 1 })
    }

    @Test func wrongNumberOfArgumentsIsAClearError() throws {
        let context = try Testbed.makeContext()
        let program = try context.programs.program(named: "test", source: Testbed.scaleSource)
        let x = try context.makeBuffer([1] as [Float])
        let few = OpenCLError.argumentCount(kernel: "scale", given: 1, expected: 2)
        #expect(throws: few) { try program.launch("scale", global: [1], x) }
        let many = OpenCLError.argumentCount(kernel: "scale", given: 3, expected: 2)
        #expect(throws: many) { try program.launch("scale", global: [1], x, Float(1), Float(1)) }
        #expect(many.description.contains("takes 2 arguments but was given 3"))
    }

    @Test func argumentOfTheWrongSizeIsAClearError() throws {
        let context = try Testbed.makeContext()
        let program = try context.programs.program(named: "test", source: Testbed.scaleSource)
        let error = #expect(throws: OpenCLError.self) {
            try program.launch("scale", global: [1], Float(1), Float(1))
        }
        #expect(error?.description.contains("setting argument 0 of kernel scale") == true)
    }

    @Test func workSizesAreCheckedBeforeTheyReachTheDriver() throws {
        let context = try Testbed.makeContext()
        let program = try context.programs.program(named: "test", source: Testbed.scaleSource)
        let x = try context.makeBuffer([1] as [Float])
        let limits = context.device.maximumWorkItemSizes
        let limit = try program.kernel(named: "scale").maximumWorkgroupSize
        let wide = limits[0] + 1
        let cases: [([Int], [Int]?, WorkSizeRule)] = [
            ([], nil, .shape), ([0], nil, .shape), ([1, 1, 1, 1], nil, .shape),
            ([4], [4, 1], .shape), ([4], [0], .shape), ([65], [64], .divisible),
            ([wide], [wide], .workItems(limits: limits)),
            ([limit, 2], [limit, 2], .workgroup(limit: limit)),
        ]
        for (global, local, rule) in cases {
            let error = OpenCLError.workSize(
                kernel: "scale", global: global, local: local, rule: rule)
            #expect(throws: error) {
                try program.launch("scale", global: global, local: local, x, Float(1))
            }
        }
    }

    @Test func profiledLaunchTellsItsTimesInOrder() throws {
        let context = try Testbed.makeContext(profiling: true)
        let program = try context.programs.program(named: "test", source: Testbed.scaleSource)
        let x = try context.makeBuffer([Float](repeating: 1, count: 10_007))
        let launch = try program.launch("scale", global: [10_007], x, Float(2))
        let events = try (0..<3).map { _ in try context.queue.enqueueProfiled(launch) }
        try context.queue.finish()
        var previousEnd: UInt64 = 0
        for times in try events.map({ try $0.times() }) {
            #expect(times.queued > 0)
            #expect(times.queued <= times.submitted)
            #expect(times.submitted <= times.started)
            #expect(times.started < times.ended)
            #expect(previousEnd <= times.started)
            previousEnd = times.ended
        }
    }

    @Test func timesWithoutProfilingAreAClearError() throws {
        let context = try Testbed.makeContext()
        let program = try context.programs.program(named: "test", source: Testbed.scaleSource)
        let x = try context.makeBuffer([1] as [Float])
        let event = try context.queue.enqueueProfiled(
            program.launch("scale", global: [1], x, Float(2)))
        try context.queue.finish()
        let error = #expect(throws: OpenCLError.self) { try event.times() }
        #expect(error?.description.contains("make the context with profiling") == true)
    }
}
