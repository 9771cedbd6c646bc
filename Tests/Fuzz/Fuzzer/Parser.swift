import Foundation
import NNGraph
import NNModelFiles
import NNReference
import RunFiles

@testable import NNFiles
@testable import NNOpenCL
import NNModel
@testable import NNTraining
@testable import ONNX

/// Everything that reads bytes which somebody else may have written.
enum Parser: String, CaseIterable {
    case idx, gzip, npy, npz, csv, png, jpeg, samples, safetensors, onnx, model, checkpoint, tuning
    case programCache = "program-cache"
    case runFile = "run-file"
    case modelFile = "model-file"

    /// The most memory that parsing so many bytes may hold at a time.
    func allocationLimit(for byteCount: Int) -> Int {
        64 * byteCount + 64 << 20
    }

    /// Reads the bytes and does with them what the tool would.
    ///
    /// What comes out has to go in again: where there is a writer, its result is read and compared.
    func parse(_ bytes: [UInt8]) throws {
        switch self {
        case .idx: _ = try IDX(bytes, file: "fuzz")
        case .gzip: _ = try Gzip.inflate(bytes, file: "fuzz", limit: Self.inflatedLimit)
        case .npy:
            let array = try NumPyArray(bytes, name: "fuzz")
            expect(try NumPyArray(array.encoded(), name: "fuzz") == array)
        case .npz: try parseArchive(bytes)
        case .csv: _ = try Dataset(csv: ByteStream(bytes, name: "fuzz", pieceSize: 7)).classCount
        case .png:
            _ = try? parseImage(bytes)
            if let made = MadePNG(bytes) { try parseImage(made.file) }
        case .jpeg: try parseImage(bytes)
        case .samples: try parseSamples(bytes)
        case .safetensors: try parseSafetensors(bytes)
        case .onnx:
            let saved = try ONNXFile.decode(bytes)
            expect(try ONNXFile.decode([UInt8](ONNXFile.encode(saved))) == saved)
        case .model:
            let description = try ModelDescription(json: String(decoding: bytes, as: UTF8.self))
            _ = try ModelSummary(of: description.network)
            let json = try description.json()
            expect(try ModelDescription(json: json).json() == json)
        case .checkpoint: try parseCheckpoint(bytes)
        case .tuning:
            let file = try ScratchFile.with(bytes) {
                try TuningFile(contentsOf: $0, for: Seeds.tuningKey)
            }
            for product in file.products {
                _ = (product.method, product.shape.layout, product.shape.epilogue)
                _ = (product.shape.flops, file.choice(for: product.shape))
                // What a device without limits would be asked for, and one of usual size.
                let shape = product.shape.product
                for size in [1 << 15, Int.max] {
                    let limits = WorkLimits(
                        localMemoryBytes: size, workgroupSize: size, workItemCount: size,
                        allocationBytes: size)
                    _ = product.choice.fits(shape, vectorWidth: 16, limits: limits)
                    _ = product.choice.method(for: shape)
                }
            }
        case .runFile:
            _ = try ScratchFile.with(bytes) {
                try RunFile(path: $0).settings(of: Seeds.command)
            }
        case .modelFile:
            let text = String(decoding: bytes, as: UTF8.self)
            let network = try Network(modelFile: text, named: "fuzz.yaml")
            _ = try ModelSummary(of: network)
            let outputs = try ParameterLayout(of: network).outputShapes.keys.sorted()
            let json = try ModelDescription(
                network,
                task: TrainingTask(outputs.map { Objective(output: $0, loss: .meanSquaredError) })
            ).json()
            expect(try ModelDescription(json: json).json() == json)
        case .programCache:
            let binary = BinaryCacheEntry.binary(in: bytes, for: Seeds.programKey)
            if let binary {
                expect(BinaryCacheEntry.encode(binary, for: Seeds.programKey) == bytes)
            }
        }
    }

    /// The tool's limit is 2 GiB, which would take seconds to reach.
    private static let inflatedLimit = 1 << 22

    /// Also as the member of an archive, whose check sums no mutation would get past.
    private func parseArchive(_ bytes: [UInt8]) throws {
        let whole = try? NumPyArchive(bytes, name: "fuzz")
        for name in whole?.names ?? [] { _ = try? whole?.array(named: name) }
        let members: [(name: String, contents: [UInt8])] = [("X.npy", bytes), ("y.npy", bytes)]
        let archive = try NumPyArchive(ZipArchive.encode(members, name: "fuzz"), name: "fuzz")
        expect(archive.names == ["X", "y"])
        _ = try DatasetSplit(archive, file: "fuzz")
    }

    private func parseSamples(_ bytes: [UInt8]) throws {
        var reader = try SampleStream.reader(
            of: ByteStream(bytes, name: "fuzz", pieceSize: 7), format: nil,
            for: ModelInput("features", [2, 2]))
        guard let count = reader.sampleShape.checkedProduct, count <= 1 << 16 else { return }
        // A little gzip stands for very many samples.
        var portions = 0
        while portions < 64, try !reader.next(5).isEmpty { portions += 1 }
    }

    /// Reads an image and does with its pixels what a training does; the tool's limit of pixels is far beyond the bound.
    private func parseImage(_ bytes: [UInt8]) throws {
        let image = try EncodedImage(bytes, name: "fuzz")
        guard image.height * image.width <= 1 << 16 else { return }
        let pixels = try image.decoded()
        expect((pixels.height, pixels.width) == (image.height, image.width))
        expect(pixels.channels == image.channels)
        let gray = pixels.converted(toChannels: 1)
        expect(gray.converted(toChannels: 3).converted(toChannels: 1) == gray)
        for (height, width) in [(1, 1), (7, 3)] where pixels.height <= 1 << 14 {
            let small = try pixels.resized(height: height, width: width, name: "fuzz")
            expect(small.planes.count == height * width * pixels.channels)
        }
    }

    private func parseSafetensors(_ bytes: [UInt8]) throws {
        let file = try Safetensors(data: Data(bytes))
        for tensor in file.tensors {
            expect(tensor.floats().count == tensor.count)
            _ = try? tensor.int32s()
        }
        let again = try Safetensors(data: file.encoded())
        expect(again.metadata == file.metadata && again.tensors.count == file.tensors.count)
        expect(file.tensors.allSatisfy { again[$0.name] == $0 })
        _ = try ModelDescription(of: file)
    }

    /// The bytes are a checkpoint's but for the checksum, which is made right: no mutation would get past it.
    private func parseCheckpoint(_ bytes: [UInt8]) throws {
        _ = try? Checkpoint(data: Data(bytes))
        var file = try Safetensors(data: Data(bytes))
        let texts = [Checkpoint.recordKey, ModelDescription.metadataKey].map {
            file.metadata[$0] ?? ""
        }
        file.metadata[Checkpoint.checksumKey] = Checkpoint.checksum(of: file.tensors, texts: texts)
        let checkpoint = try Checkpoint(data: file.encoded())
        expect(try Checkpoint(data: checkpoint.encoded()) == checkpoint)
        let trainer = try Seeds.trainer()
        try trainer.restore(checkpoint)
        try trainer.fit(
            Seeds.dataset(),
            options: TrainingOptions(length: .steps(trainer.step + 1), batchSize: 2))
    }
}

private func expect(_ condition: Bool, line: Int = #line) {
    if !condition { fatalError("what was read does not come back as it was, line \(line)") }
}

/// One file in memory, for readers that want a path.
private enum ScratchFile {
    private static let path = "/dev/shm/nngpu-fuzz-\(getpid())"

    static func with<Result>(_ bytes: [UInt8], read: (String) throws -> Result) throws -> Result {
        FileManager.default.createFile(atPath: path, contents: Data(bytes))
        defer { unlink(path) }
        return try read(path)
    }
}
