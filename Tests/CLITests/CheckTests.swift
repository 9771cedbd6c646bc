import Foundation
import NNGPU
import Testing

@Suite struct CheckTests {
    private let workspace: Workspace

    init() throws { workspace = try Workspace() }

    @Test(arguments: testedDevices)
    func theTableHasEveryParameter(device: String) throws {
        let table = try workspace.succeed(
            "check --hidden 16,9 --activation gelu --inputs 20 --samples 5 --device \(device)")
        let rows = table.split(separator: "\n").filter { $0.hasSuffix("  ok") }
        let names = rows.compactMap { $0.split(separator: " ").first.map(String.init) }
        #expect(names == ["0.weight", "0.bias", "2.weight", "2.bias", "4.weight", "4.bias"])
        #expect(!table.contains("FAIL"))
        #expect(table.contains("backpropagation") && table.contains("numerical differentiation"))
        // 20·16 + 16 + 16·9 + 9 + 9·10 + 10
        #expect(table.contains("589 weights"))
    }

    @Test(arguments: testedDevices)
    func everyLayerIsRight(device: String) throws {
        let check = try workspace.decode(
            Schema.Check.self, "check --every-layer --json --device \(device)")
        #expect(check.rows.count >= 13)
        #expect(check.rows.reduce(0) { $0 + $1.count } == check.parameterCount)
        for row in check.rows {
            #expect(row.isDeviceWithinBound && row.deviceError <= row.deviceBound)
            #expect(row.differenceError <= GradientCheck.differenceLimit)
            #expect(row.isDifferenceWithinBound && row.differenceError <= row.differenceBound)
            #expect(2 * row.kinks <= row.sampled)
            #expect(row.sampled > 0 && row.sampled <= min(20, row.count))
        }
        #expect(check.numerical.evaluations == 2 * check.parameterCount)
        #expect(check.backpropagation.secondsEach > 0 && check.device.secondsEach > 0)
    }

    @Test(arguments: LossName.allCases)
    func everyLossIsRight(loss: LossName) throws {
        let outputs = loss == .binaryCrossEntropy ? 1 : 3
        try workspace.succeed(
            "check --hidden 5 --activation tanh --inputs 4 --outputs \(outputs) "
                + "--loss \(loss.rawValue) --batch-size 3 --seed 2")
    }
}
