import NNModel
import NNTraining
import Testing

@Suite struct LearningRateScheduleTests {
    @Test(
        arguments: [
            ("constant", .constant), ("step:30:0.1", .step(size: 30, gamma: 0.1)),
            ("cosine", .cosine(minimum: 0)), ("cosine:1e-05", .cosine(minimum: 1e-5)),
            ("warmup:500+cosine", .warmup(steps: 500, then: .cosine(minimum: 0))),
            ("warmup:5+step:3:0.5", .warmup(steps: 5, then: .step(size: 3, gamma: 0.5))),
            ("warmup:5+constant", .warmup(steps: 5, then: .constant)),
        ] as [(String, LearningRateSchedule)])
    func textsAreUnderstoodAndWritten(text: String, schedule: LearningRateSchedule) throws {
        #expect(try LearningRateSchedule(text) == schedule)
        #expect(schedule.description == text)
    }

    @Test func warmupAloneIsFollowedByTheBaseRate() throws {
        let schedule = try LearningRateSchedule("warmup:4")
        let rates = (0..<6).map { schedule.rate(base: 10, step: $0, total: 6) }
        #expect(rates == [2, 4, 6, 8, 10, 10])
    }

    @Test func cosineEndsAtItsMinimumAndStaysThere() {
        let schedule = LearningRateSchedule.cosine(minimum: 0.2)
        for step in [8, 9, 100] {
            #expect(schedule.rate(base: 1, step: step, total: 8) == 0.2)
        }
        #expect(abs(schedule.rate(base: 1, step: 4, total: 8) - 0.6) < 1e-15)
    }

    @Test(
        arguments: [
            "", "linear", "step", "step:0:0.1", "step:1.5:0.1", "step:3", "step:3:-1", "step:3:inf",
            "cosine:nan", "cosine:1:2", "constant:1", "cosine+warmup:5", "warmup:5+", "warmup",
            "warmup:-1", "warmup:5+cosine+cosine", "+cosine",
        ])
    func otherTextsAreRefused(text: String) {
        let error = #expect(throws: ScheduleError.self) { _ = try LearningRateSchedule(text) }
        #expect(error?.description.contains("write constant") == true)
    }

    @Test func theLongestWarmupIsNoTrap() throws {
        let schedule = try LearningRateSchedule("warmup:\(Int.max)")
        #expect(schedule.rate(base: 1, step: 0, total: 1) > 0)
    }
}
