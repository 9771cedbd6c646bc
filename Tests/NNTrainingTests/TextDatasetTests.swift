import Foundation
import NNFiles
import NNGraph
import NNModel
import NNReference
@testable import NNTraining
import TestSupport
import Testing

/// Sequences of a text.
@Suite struct TextDatasetTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func dataset(_ text: String, _ options: TextOptions) throws -> Dataset {
        try Dataset(text: [folder.write(Array(text.utf8), as: "text.txt")], options)
    }

    /// The numbers of sample after sample, as letters.
    private func rows(_ values: [Float], of length: Int) -> [String] {
        stride(from: 0, to: values.count, by: length).map { start in
            String(decoding: values[start..<start + length].map { UInt8($0) }, as: UTF8.self)
        }
    }

    @Test func sequencesLieOneAfterTheOther() throws {
        // A sequence needs the token behind it.
        for (text, wanted) in [
            ("abcdefg", [("abc", "bcd"), ("def", "efg")]), ("abcdef", [("abc", "bcd")]),
            ("abcd", [("abc", "bcd")]),
        ] {
            let data = try dataset(text, TextOptions(context: 3))
            #expect(data.count == wanted.count && data.sampleShape == [3])
            #expect(rows(Array(data.features), of: 3) == wanted.map(\.0))
            #expect(rows(data.targets, of: 3) == wanted.map(\.1))
        }
        let data = try dataset("abcdefg", TextOptions(context: 3))
        #expect(try data.features.numbers(2..<5).map { UInt8($0) } == Array("cde".utf8))
        let turned = try data.selecting([1, 0, 1])
        #expect(rows(Array(turned.features), of: 3) == ["def", "abc", "def"])
        #expect(rows(turned.targets, of: 3) == ["efg", "bcd", "efg"])
        for text in ["", "a", "abc"] {
            #expect(throws: DataError.self) { try dataset(text, TextOptions(context: 3)) }
        }
    }

    @Test func filesFollowEachOtherAndMayBeGzipped() throws {
        let paths = [
            try folder.write(Array("abcd".utf8), as: "a.txt"),
            try folder.write(gzip(Array("efgh".utf8)), as: "b.txt.gz"),
        ]
        let split = try DataSource(
            "text:\(paths.joined(separator: ","))", text: TextOptions(context: 7)
        ).load(seed: 0)
        #expect(rows(Array(split.train.features), of: 7) == ["abcdefg"])
        #expect(throws: DataError.self) {
            try DataSource("text:\(paths[0]),\(folder.path)/none").load(seed: 0)
        }
    }

    @Test func theEndIsHeldOut() throws {
        let data = try dataset("abcdefghijk", TextOptions(context: 2))
        let split = try DatasetSplit(train: data, test: nil).holdingOut(0.4, seed: 3)
        #expect(rows(Array(split.train.features), of: 2) == ["ab", "cd", "ef"])
        let validation = try #require(split.validation)
        #expect(rows(Array(validation.features), of: 2) == ["gh", "ij"])
        #expect(rows(validation.targets, of: 2) == ["hi", "jk"])
        #expect(throws: DataError.self) {
            try DatasetSplit(train: data, test: nil).holdingOut(0.01, seed: 3)
        }
    }

    @Test func charactersAreThoseOfTheTextOrOfTheModel() throws {
        let own = try dataset("banana", TextOptions(kind: .characters, context: 5))
        #expect(own.tokenizer == .characters(["a", "b", "n"]))
        #expect(Array(own.features) == [1, 0, 2, 0, 2])
        #expect(try own.classCount == 3)
        let known = TextOptions(known: .characters(["a", "b", "n", "x"]), context: 5)
        #expect(try dataset("banana", known).classCount == 4)
        #expect(throws: DataError.self) { try dataset("bananas", known) }
        #expect(throws: DataError.self) {
            try dataset("banana", TextOptions(known: .numbers(count: 9), context: 2))
        }
    }

    @Test func tokensOfAFileStayThere() throws {
        let bytes = (0..<10).flatMap { (number: UInt8) -> [UInt8] in [number * 3, 1] }
        let path = try folder.write(bytes, as: "tokens.bin")
        let data = try DataSource("tokens:\(path)", text: TextOptions(context: 4))
            .load(seed: 0).train
        #expect(data.count == 2 && data.tokenizer == .numbers(count: 256 + 28))
        let numbers: [Float] = [256, 259, 262, 265, 268, 271, 274, 277, 280]
        #expect(Array(data.features) == Array(numbers.dropLast()))
        #expect(data.targets == Array(numbers.dropFirst()))
    }

    /// The steps are those of a data set that has every sequence in memory.
    @Test(arguments: [1, 2]) func theStepsAreTheSame(parts: Int) throws {
        let data = try TextTraining.split(in: folder).train
        let copy = try Dataset(
            name: data.name,
            inputs: [
                .init(
                    Dataset.inputName, .int32s(data.features.map { Int32($0) }),
                    sampleShape: data.sampleShape, tokenizer: data.tokenizer)
            ],
            targets: [
                .init(
                    Dataset.targetName, data.targets, width: TextTraining.context, kind: .classes)
            ])
        func outcome(_ data: Dataset) throws -> (Safetensors, [Double]) {
            let trainer = try TextTraining.trainer(
                TextTraining.network(for: data, dropout: 0.1), on: ReferenceBackend<Float>())
            var losses: [Double] = []
            try trainer.fit(
                data, validation: data,
                options: TrainingOptions(
                    length: .epochs(2), batchSize: 10, partCount: parts, lossInterval: 2,
                    auditInterval: 3)
            ) { losses += [$0.recent.loss, $0.validation?.loss ?? 0] }
            return (try trainer.parameters(), losses)
        }
        let (tokens, whole) = try (outcome(data), outcome(copy))
        #expect(tokens.0 == whole.0 && tokens.1 == whole.1)
        #expect(tokens.1.allSatisfy(\.isFinite) && !tokens.1.isEmpty)
    }

    /// A checkpoint in the middle of an epoch, and the rest of it by another trainer.
    @Test func aResumedTrainingHasTheSameBits() throws {
        let data = try TextTraining.split(in: folder, tokenizer: .characters).train
        let network = TextTraining.network(for: data, dropout: 0.2)
        let groups = [
            ParameterGroup(
                ParameterLayout.vectors, optimizer: Adam(weightDecay: .decoupled(0)))
        ]
        func trainer() throws -> Trainer {
            try TextTraining.trainer(network, groups: groups, on: ReferenceBackend<Float>())
        }
        func options(_ steps: Int) -> TrainingOptions {
            TrainingOptions(length: .steps(steps), batchSize: 7)
        }
        let (whole, first, second) = (try trainer(), try trainer(), try trainer())
        try whole.fit(data, options: options(9))
        try first.fit(data, options: options(4))
        try second.restore(first.checkpoint())
        try second.fit(data, options: options(9))
        #expect(try whole.parameters() == second.parameters())
    }

    /// What a checkpoint says of its data tells texts of one length apart.
    @Test func anotherTextIsAnotherDataSet() throws {
        let options = TextOptions(context: TextTraining.context)
        let (first, second) = (
            try dataset(TextTraining.text, options),
            try dataset(TextTraining.text.replacing("fox", with: "dog"), options)
        )
        let trainer = try TextTraining.trainer(
            TextTraining.network(for: first), on: ReferenceBackend<Float>())
        func setting(_ data: Dataset) -> String? {
            trainer.settings(for: data, TrainingOptions())["the data"]
        }
        #expect(first.count == second.count && setting(first) == setting(first))
        #expect(setting(first) != setting(second))
    }

    @Test func aModelOfFewerTokensIsRefused() throws {
        let data = try TextTraining.split(in: folder).train
        let network = try TextTraining.network(
            for: TextTraining.split(in: folder, tokenizer: .characters).train)
        let trainer = try TextTraining.trainer(network, on: ReferenceBackend<Float>())
        let error = #expect(throws: DataError.self) {
            try trainer.fit(data, options: TrainingOptions(length: .steps(1), batchSize: 2))
        }
        #expect("\(try #require(error))".contains("the token 255"))
    }

    @Test func theModelRemembersHowToRead() throws {
        let data = try TextTraining.split(in: folder, tokenizer: .characters).train
        let network = TextTraining.network(for: data)
        let description = ModelDescription(network, task: TrainingTask(CrossEntropy()))
        let read = try ModelDescription(json: description.json())
        #expect(read.network.inputs[0].tokenizer == data.tokenizer)
        #expect(try read.json() == description.json())
    }
}
