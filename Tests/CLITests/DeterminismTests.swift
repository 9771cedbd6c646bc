import Foundation
import Testing

@Suite struct DeterminismTests {
    @Test(arguments: testedDevices)
    func theSeedDecidesEveryByte(device: String) throws {
        let workspace = try Workspace()
        func bytes(seed: Int, _ name: String) throws -> Data {
            try workspace.succeed(
                "train --data spirals --hidden 12,9 --dropout 0.3 --optimizer adam --epochs 3 "
                    + "--batch-size 96 --seed \(seed) --device \(device) --save \(name)")
            return try workspace.data(name)
        }
        let first = try bytes(seed: 11, "a.safetensors")
        #expect(try bytes(seed: 11, "b.safetensors") == first)
        let other = try bytes(seed: 12, "c.safetensors")
        #expect(other != first && other.count == first.count)
    }

    @Test func reportingAndSavingLeaveNoTraceInTheWeights() throws {
        let workspace = try Workspace()
        let line = "train --data xor --hidden 8 --epochs 2 --batch-size 64 --save"
        try workspace.succeed("\(line) a.safetensors --quiet")
        try workspace.succeed("\(line) b.safetensors --json --loss-interval 1")
        #expect(try workspace.data("a.safetensors") == workspace.data("b.safetensors"))
    }
}
