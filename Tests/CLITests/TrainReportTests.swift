import Charts
import Foundation
import Testing

@Suite struct TrainReportTests {
    private let workspace: Workspace

    init() throws { workspace = try Workspace() }

    private func page(_ flags: String) throws -> String {
        try workspace.succeed("train \(flags) --quiet --report run.html")
        return try workspace.text("run.html")
    }

    @Test(arguments: testedDevices)
    func classesHaveCurvesAndAConfusionMatrix(device: String) throws {
        let page = try page("--data moons --hidden 8 --epochs 3 --seed 7 --device \(device)")
        for part in [
            "Loss", "Accuracy", "Learning rate", "Throughput", "Confusion matrix", "Samples",
            "--seed 7", "adam", "<dd>7</dd>",
        ] {
            #expect(page.contains(part), "\(part)")
        }
        // Every one of the 500 test samples is in a cell.
        let counts = page.matches(of: /class="count"[^>]*>(\d+)</).compactMap { Int($0.1) }
        #expect(counts.reduce(0, +) == 500)
        #expect(!page.contains("://") && !page.contains("{{"))
    }

    @Test func wrongPicturesAreShown() throws {
        try writeNoise()
        let page = try page("--data digits --hidden none --epochs 1 --learning-rate 0")
        let pictures = page.matches(of: /src="data:image\/png;base64,([^"]+)"/)
        #expect((1...24).contains(pictures.count))
        for picture in pictures { #expect(Data(base64Encoded: String(picture.1)) != nil) }
        #expect(page.contains("taken for") && !page.contains("convolutions"))
    }

    @Test(arguments: testedDevices)
    func convolutionsHaveFiltersAndMaps(device: String) throws {
        try writeNoise()
        try workspace.write(
            Data(
                """
                input: [1, 8, 8]
                layers: [{conv2d: {channels: 5, kernel: 3}}, relu, maxpool2d: 2,
                  {conv2d: {channels: 9, kernel: 2}}, batchnorm, relu, flatten, linear: 2]
                """.utf8), as: "model.yaml")
        let page = try page("--data digits --model model.yaml --epochs 1 --device \(device)")
        let start = try #require(page.range(of: "What its convolutions see"))
        let end = try #require(page.range(of: "<h2>The model</h2>"))
        let section = page[start.upperBound..<end.lowerBound]
        #expect(section.contains("0.weight: 5 of 5 filters, 3 × 3"))
        #expect(section.contains("which is right") && section.contains("taken for"))
        #expect(section.contains("0: 5 of 5 maps, 6 × 6"))
        #expect(section.contains("3: 8 of 9 maps, 2 × 2"))
        // Five filters, and of four samples each the picture, five maps and eight of the second stage.
        let pictures = section.matches(of: /href="data:image\/png;base64,([^"]+)"/)
        #expect(pictures.count == 5 + 4 * (1 + 5 + 8))
        for picture in pictures { #expect(Data(base64Encoded: String(picture.1)) != nil) }
        #expect(!page.contains("://") && !page.contains("{{"))
    }

    /// Noise cannot be learned, so some of the pictures are wrong.
    private func writeNoise() throws {
        let count = 64
        let pixels = (0..<count * 64).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
        let labels = (0..<count).map { UInt8($0 * 7 / 5 % 2) }
        for (images, names) in [
            ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
            ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
        ] {
            try workspace.writeIDX(pixels, shape: [count, 8, 8], as: "digits/\(images)")
            try workspace.writeIDX(labels, shape: [count], as: "digits/\(names)")
        }
    }

    @Test func wrongPicturesHaveColors() throws {
        let values = (0..<24 * 75).map { Float($0 * 7 % 11) / 11 }
        for (place, label) in ["a", "b", "b", "a"].enumerated() {
            let image = PageImage(
                width: 5, height: 5, channels: 3, values: values[(place * 75)..<(place + 1) * 75])
            try workspace.write(try #require(image).png, as: "data/\(label)/\(place).png")
        }
        let page = try page("--data data --hidden none --steps 1 --learning-rate 0")
        let pictures = page.matches(of: /src="data:image\/png;base64,([^"]+)"/)
        let files = try (0..<4).map { place in
            let label = ["a", "b", "b", "a"][place]
            return try Data(contentsOf: workspace.url.appending(path: "data/\(label)/\(place).png"))
                .base64EncodedString()
        }
        #expect((1...4).contains(pictures.count))
        for picture in pictures { #expect(files.contains(String(picture.1))) }
    }

    @Test func numbersHaveAPlotOfPredictions() throws {
        let page = try page("--data sine --hidden 8 --epochs 1 --device reference")
        #expect(page.contains("Predictions") && !page.contains("Confusion"))
    }

    @Test func aPageThatCannotBeWrittenEndsTheRunBeforeItBegins() throws {
        let outcome = try workspace.run("train --data xor --report nowhere/run.html")
        #expect(outcome.code == 1 && outcome.stderr.contains("nowhere"))
        #expect(!outcome.stderr.contains("epoch"))
    }
}
