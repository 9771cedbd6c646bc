import Foundation
import NNFiles
import NNGraph
import NNModel
import NNReference
import Testing

@testable import NNModelFiles

/// Weights of other programs' networks in presets.
@Suite struct PresetWeightTests {
    /// Recorded by `Tests/Golden/resnet.py` with PyTorch 2.15: torchvision's architecture with 2 filters instead of 64.
    @Test func resnet18TakesTorchvisionsWeights() throws {
        let file = try Safetensors(
            contentsOf: URL(filePath: #filePath).deletingLastPathComponent()
                .deletingLastPathComponent().appending(path: "Golden/resnet18.safetensors"))
        let (x, y) = (try #require(file["x"]), try #require(file["y"]))
        let weights = try Safetensors(file.tensors.filter { !["x", "y"].contains($0.name) })
        let preset = try #require(Preset.named("resnet18"))
        let network = try Network(
            modelFile: preset.text("resnet18:filters=2,height=32,width=32,outputs=5"),
            named: "resnet18")
        let layout = try ParameterLayout(of: network)
        let named = try layout.named(weights)
        #expect(named.remark == nil)
        let pass = try ForwardPass()
        let outputs = try network(network.leaves(batchSize: 2), in: pass)
        let backend = ReferenceBackend<Double>()
        let executable = try backend.compile(
            Graph(outputs: [("y", try outputs[Network.outputName])]))
        try backend.write(x.doubles(), to: executable.buffer(named: Network.inputName))
        for tensor in try layout.tensors(from: layout.values(from: named.file)) {
            // What the result does not depend on has no buffer.
            guard let buffer = try? executable.buffer(named: tensor.name) else { continue }
            try backend.write(tensor.doubles(), to: buffer)
        }
        try executable.run()
        let found = try backend.read(executable.buffer(named: "y"))
        #expect(zip(found, y.doubles()).allSatisfy { abs($0 - $1) < 1e-5 }, "\(found)")
        #expect(found.count == 10)
    }

    @Test func presetsHaveTheirParameters() throws {
        for (name, count) in [("resnet18", 11_689_512), ("mobilenet-small", 141_706)] {
            let preset = try #require(Preset.named(name))
            let network = try Network(modelFile: preset.text(name), named: name)
            #expect(try ParameterLayout(of: network).count == count)
        }
    }
}
