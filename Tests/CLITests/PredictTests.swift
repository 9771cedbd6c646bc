import Charts
import Foundation
import NNGPU
import Testing

/// `nngpu predict` with a model whose outputs are known: it adds up the two halves of a sample.
@Suite struct PredictTests {
    private let workspace: Workspace

    init() throws {
        workspace = try Workspace()
        try Self.save(inputs: 4, loss: .crossEntropy, in: workspace)
    }

    /// Writes a model of two outputs, or one: the sum of the first half of the inputs, and of the rest.
    private static func save(
        inputs: Int, loss: some Loss, classNames: [String]? = nil, in workspace: Workspace
    ) throws {
        let outputs = loss.meaning == .classes ? 2 : 1
        let weights = (0..<outputs * inputs).map { index in
            Float((index % inputs) * outputs / inputs == index / inputs ? 1 : 0)
        }
        let model = Sequential.multilayerPerceptron(inputs: inputs, hidden: [], outputs: outputs)
        let description = try ModelDescription(
            model: model, inputShape: Shape([inputs]), loss: loss
        ).json()
        var file = try Safetensors(
            [
                .init(name: "0.weight", shape: [outputs, inputs], floats: weights),
                .init(
                    name: "0.bias", shape: [outputs],
                    floats: [Float](repeating: 0, count: outputs)),
            ], metadata: [ModelDescription.metadataKey: description])
        file.classNames = classNames
        try file.write(to: workspace.url.appending(path: "m.safetensors"))
    }

    @discardableResult
    private func predict(_ flags: String, input: Data = Data()) throws -> String {
        try workspace.succeed("predict --model m.safetensors --input \(flags)", input: input)
    }

    private static let table = "1,0.5,0,2\n-1,0,0.25,0\n0,0,0,0\n"

    // MARK: - What is written

    @Test func outputsAreWrittenAsTheEndingOrTheFlagSays() throws {
        try workspace.write(Self.table, as: "x.csv")
        let csv = "class,output_0,output_1\n1,1.5,2.0\n1,-1.0,0.25\n0,0.0,0.0\n"
        let lines = """
            {"class":1,"outputs":[1.5,2.0]}
            {"class":1,"outputs":[-1.0,0.25]}
            {"class":0,"outputs":[0.0,0.0]}

            """
        #expect(try predict("x.csv") == csv)
        #expect(try predict("x.csv --format jsonl") == lines)
        for (name, text) in [("p.csv", csv), ("p.txt", csv), ("p.jsonl", lines)] {
            #expect(try predict("x.csv --output \(name)") == "")
            #expect(try workspace.text(name) == text)
        }
        try predict("x.csv --output p.csv --format jsonl")
        #expect(try workspace.text("p.csv") == lines)
        try predict("x.csv --output p.npy")
        let array = try NumPyArray(contentsOf: workspace.url.appending(path: "p.npy").path)
        #expect(array == NumPyArray(shape: [3, 2], values: [1.5, 2, -1, 0.25, 0, 0]))
    }

    @Test func classesHaveTheNamesThatTheModelKnows() throws {
        try Self.save(
            inputs: 4, loss: .crossEntropy, classNames: ["a \"dog\", or", "cat"],
            in: workspace)
        try workspace.write(Self.table, as: "x.csv")
        let csv = try predict("x.csv").split(separator: "\n")
        #expect(csv[0] == "class,name,output_0,output_1")
        #expect(csv[1] == "1,cat,1.5,2.0")
        #expect(csv[3] == "0,\"a \"\"dog\"\", or\",0.0,0.0")
        let lines = try predict("x.csv --format jsonl").split(separator: "\n")
        #expect(lines[2] == #"{"class":0,"name":"a \"dog\", or","outputs":[0.0,0.0]}"#)
        // ONNX files keep the names.
        try workspace.succeed("export --model m.safetensors --output m.onnx")
        #expect(
            try workspace.succeed("predict --model m.onnx --input x.csv").hasPrefix("class,name,"))
    }

    @Test func fashionMNISTsNamesTravelWithTheModel() throws {
        try workspace.succeed("train --steps 1 --hidden none --save m.safetensors --quiet")
        #expect(try workspace.weights("m.safetensors").classNames?.last == "Ankle boot")
    }

    @Test func probabilitiesTakeThePlaceOfLogits() throws {
        try workspace.write(Self.table, as: "x.csv")
        let lines = try predict("x.csv --probabilities").split(separator: "\n")
        #expect(lines[0] == "class,probability_0,probability_1")
        #expect(lines[3] == "0,0.5,0.5")
        let numbers = lines[1].split(separator: ",").compactMap { Double($0) }
        #expect(abs(numbers[1] - 1 / (1 + exp(0.5))) < 1e-7)
        #expect(abs(numbers[1] + numbers[2] - 1) < 1e-7)
        #expect(
            try predict("x.csv --probabilities --format jsonl")
                .hasSuffix("{\"class\":0,\"probabilities\":[0.5,0.5]}\n"))

        try Self.save(inputs: 4, loss: .binaryCrossEntropy, in: workspace)
        let binary = try predict("x.csv --probabilities").split(separator: "\n")
        #expect(binary[0] == "class,probability_1")
        let expected = 1 / (1 + exp(-3.5))
        #expect(abs((Double(binary[1].dropFirst(2)) ?? 0) - expected) < 1e-7)

        try Self.save(inputs: 4, loss: .meanSquaredError, in: workspace)
        let outcome = try workspace.run(
            "predict --model m.safetensors --input x.csv --probabilities")
        #expect(outcome.code == 64 && outcome.stderr.contains("was trained for mse"))
    }

    // MARK: - What is read

    @Test func imagesAreReadInEveryForm() throws {
        let bytes: [UInt8] = [0, 51, 255, 102, 204, 0, 51, 0]
        let expected = "class,output_0,output_1\n1,0.2,1.4\n0,0.8,0.2\n"
        try workspace.writeIDX(bytes, shape: [2, 2, 2], as: "x-idx3-ubyte")
        try workspace.write(Data(bytes), as: "x.raw")
        #expect(try predict("x-idx3-ubyte") == expected)
        #expect(try predict("x.raw") == expected)
        for name in ["x-idx3-ubyte", "x.raw"] {
            let flag = name.hasSuffix("raw") ? " --input-format raw" : ""
            #expect(try predict("-\(flag)", input: workspace.data(name)) == expected)
        }
        try workspace.write(Self.image(bytes[..<4]), as: "digits/1.png")
        try workspace.write(Self.image(bytes[4...]), as: "digits/2.png")
        let images = try Self.image(bytes[..<4]) + Self.image(bytes[4...])
        #expect(try predict("-", input: images) == expected)
        let named = "file,class,output_0,output_1\ndigits/1.png,1,0.2,1.4\ndigits/2.png,0,0.8,0.2\n"
        #expect(try predict("digits") == named)
        #expect(try predict("digits/1.png digits/2.png") == named)
        let line = try predict("digits/2.png --format jsonl")
        #expect(line == "{\"file\":\"digits/2.png\",\"class\":0,\"outputs\":[0.8,0.2]}\n")
    }

    /// A picture of two times two pixels.
    private static func image(_ pixels: ArraySlice<UInt8>) throws -> Data {
        let values = pixels.map { (Float($0) + 0.5) / 255 }
        return try #require(PageImage(width: 2, height: 2, values: values)).png
    }

    @Test func aDamagedInputLeavesWhatWasWritten() throws {
        try workspace.write("what was there", as: "p.csv")
        try workspace.write(Self.table, as: "x.csv")
        try workspace.write("1,2,3,4\n1,2,three,4\n", as: "bad.csv")
        let outcome = try workspace.run(
            "predict --model m.safetensors --input x.csv bad.csv --output p.csv")
        #expect(outcome.code == 66 && outcome.stderr.contains("bad.csv, line 2, column 3"))
        #expect(try workspace.text("p.csv") == "what was there")
        let names = try FileManager.default.contentsOfDirectory(atPath: workspace.url.path)
        #expect(!names.contains { $0.hasSuffix(".tmp") })
    }

    // MARK: - Memory

    /// An input ten times as large as another, which as numbers in memory would take 72 MiB more.
    @Test(
        .enabled(if: FileManager.default.fileExists(atPath: "/proc/self/status")),
        arguments: ["x.raw", "x.npy", "x.csv"])
    func memoryDoesNotGrowWithTheInput(name: String) throws {
        let inputs = 1 << 10
        try Self.save(inputs: inputs, loss: .meanSquaredError, in: workspace)
        let path = workspace.url.appending(path: name).path
        func peak(rows: Int) throws -> Int {
            var header: [UInt8] = []
            var row = [UInt8](repeating: 0, count: inputs)
            if name == "x.npy" {
                header = NumPyArray.header(for: [rows, inputs])
                row = [UInt8](repeating: 0, count: 4 * inputs)
            } else if name == "x.csv" {
                row = Array(
                    ([String](repeating: "0", count: inputs).joined(separator: ",") + "\n").utf8)
            }
            try workspace.write(Data(header), as: name)
            let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
            try file.seekToEnd()
            let block = Data([[UInt8]](repeating: row, count: 64).joined())
            for _ in 0..<rows / 64 { try file.write(contentsOf: block) }
            try file.close()
            let run = try ToolRun(
                "predict --model m.safetensors --input \(name) --output p.npy "
                    + "--device reference", in: workspace)
            var peak = 0
            try run.wait {
                peak = max(peak, run.peakResidentBytes ?? 0)
                return !run.isRunning
            }
            #expect(try run.outcome().code == 0)
            #expect(
                try NumPyArray(contentsOf: workspace.url.appending(path: "p.npy").path).shape
                    == [rows, 1])
            return peak
        }
        let small = try peak(rows: 1 << 11)
        let large = try peak(rows: 10 << 11)
        print("\(name): \(small >> 20) MiB, with ten times as much \(large >> 20) MiB")
        #expect(small > 0)
        #expect(large < small + 32 << 20)
    }
}
