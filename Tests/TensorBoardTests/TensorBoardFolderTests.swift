import Foundation
import NNFiles
import NNGraph
import NNReference
import NNModel
import NNTraining
import SwiftProtobuf
import Testing

@testable import TensorBoard

/// What TensorBoard itself makes of the files is tested in `Tests/tensorboard.py`.
@Suite final class TensorBoardFolderTests {
    private let url = FileManager.default.temporaryDirectory
        .appending(path: "nngpu-board-\(UUID().uuidString)")

    deinit { try? FileManager.default.removeItem(at: url) }

    private func trainer(_ model: Sequential) throws -> Trainer {
        try Trainer(
            model: model, inputShape: [2], loss: .crossEntropy, optimizer: Adam(),
            learningRate: 0.01, backend: ReferenceBackend<Float>())
    }

    /// The events of a run, whose frames must be whole.
    private func events(of run: String) throws -> [Event] {
        let folder = url.appending(path: run)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        return try names.flatMap { name in
            var rest = try Data(contentsOf: folder.appending(path: name))[...]
            var events: [Event] = []
            while !rest.isEmpty {
                let length = rest.prefix(8)
                let count = Int(length.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
                let content = rest.dropFirst(12).prefix(count)
                func checksum(_ bytes: Data) -> UInt32 {
                    bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) }
                }
                #expect(checksum(rest.dropFirst(8).prefix(4)) == CRC32C.masked(of: Data(length)))
                #expect(
                    checksum(rest.dropFirst(12 + count).prefix(4))
                        == CRC32C.masked(of: Data(content)))
                events.append(try Event(serializedBytes: Data(content)))
                rest = rest.dropFirst(16 + count)
            }
            return events
        }
    }

    @Test func aTrainingHasScalarsHistogramsAndAGraph() throws {
        let trainer = try trainer(
            Sequential {
                Linear(2, 4)
                Tanh()
                Linear(4, 2)
            })
        let split = try GeneratedData.moons.split(seed: 1)
        let board = try TensorBoardFolder(path: url.path)
        try board.begin(trainer, dataset: split.train, batchSize: 100)
        try trainer.fit(
            split.train, validation: split.test,
            options: TrainingOptions(length: .epochs(1), batchSize: 100, lossInterval: 5)
        ) { try board.note($0, of: trainer) }

        let training = try events(of: "train")
        #expect(training[0].fileVersion == "brain.Event:2")
        #expect(training[1].sessionLog.status == .start && training[1].step == 0)
        let scalars = training.filter { $0.summary.value.first?.tag == "loss" }
        #expect(scalars.map(\.step) == [5, 10])
        #expect(
            scalars[0].summary.value.map(\.tag) == [
                "loss", "accuracy", "learning rate", "samples per second",
            ])
        let names = ["0.weight", "0.bias", "2.weight", "2.bias"]
        let histograms = training.filter { $0.summary.value.first?.tag.contains("/") == true }
        #expect(histograms.first?.step == 0)
        for event in histograms {
            #expect(
                event.summary.value.map(\.tag)
                    == names.map { "weights/\($0)" } + names.map { "gradients/\($0)" })
            #expect(event.summary.value.map { Int($0.histo.num) } == [8, 4, 8, 2, 8, 4, 8, 2])
        }
        let validation = try events(of: "test").filter { !$0.summary.value.isEmpty }
        #expect(validation.map(\.step) == [10])
    }

    @Test func theGraphHasABoxForEachLayer() throws {
        let trainer = try trainer(
            Sequential {
                Linear(2, 4)
                Sequential {
                    Tanh()
                    Dropout(rate: 0.5)
                }
                Linear(4, 2)
            })
        let content = try GraphDefinition(of: trainer.graphs, batchSize: 3).serialized()
        let graph = try GraphDef(serializedBytes: content)
        let names = graph.node.map(\.name)
        #expect(Set(names).count == names.count)
        for name in [
            "features", "targets", "0_Linear/weight", "0_Linear/bias", "0_Linear/matmul",
            "1.0_Tanh/tanh", "1.1_Dropout/uniform", "2_Linear/weight", "loss/softmaxCrossEntropy",
        ] {
            #expect(names.contains(name), "\(name) is not in \(names)")
        }
        // Whatever is read is there, and stands before its readers.
        var known = Set<String>()
        for node in graph.node {
            #expect(known.isSuperset(of: node.input), "\(node.name)")
            known.insert(node.name)
        }
        let product = try #require(graph.node.first { $0.name == "0_Linear/matmul" })
        #expect(product.input == ["features", "0_Linear/weight"])
        let shape = product.attr["_output_shapes"]?.list.shape.first
        #expect(shape?.dim.map(\.size) == [3, 4])
    }

    @Test func aFolderThatCannotBeMadeIsAnError() throws {
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        let file = url.appending(path: "file")
        try Data().write(to: file)
        #expect(throws: GrowingFileError.self) {
            try TensorBoardFolder(path: file.appending(path: "board").path)
        }
    }
}
