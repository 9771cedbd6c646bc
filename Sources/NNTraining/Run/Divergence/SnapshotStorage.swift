import NNFiles
import NNGraph

/// Where a snapshot keeps the vectors of a training.
protocol SnapshotStorage {
    /// The steps between two snapshots, at least, so that they cost next to nothing.
    var interval: Int { get }

    /// Keeps what the vectors hold now.
    ///
    /// - Returns: Whether that went well; if not, nothing is kept any more.
    func take() throws -> Bool
    /// Gives the vectors what was kept.
    ///
    /// - Returns: Whether that went well; if not, the vectors hold anything.
    func restore() throws -> Bool
}

/// A second vector for each, on the device: nothing has to be waited for.
struct DeviceStorage: SnapshotStorage {
    /// Together the copies cost less than a step.
    let interval = 500

    let vectors: [(name: String, original: any TensorBuffer, copy: any TensorBuffer)]
    private let backend: any Backend

    init(of state: TrainingState) throws {
        backend = state.backend
        vectors = try state.persistent.map {
            ($0.name, $0.buffer, try state.backend.makeBuffer($0.buffer.type))
        }
    }

    func take() throws -> Bool {
        for vector in vectors { try backend.copy(vector.original, from: 0, to: vector.copy) }
        return true
    }

    func restore() throws -> Bool {
        for vector in vectors { try backend.copy(vector.copy, from: 0, to: vector.original) }
        return true
    }
}

/// A file, piece by piece: it takes no memory worth mentioning, of the device or of the host.
struct FileStorage: SnapshotStorage {
    /// A state on its way to a file takes as long as some eight steps on a CPU.
    let interval = 2000

    /// A vector, its place in the file in bytes, and a buffer for a piece of it.
    private typealias Vector = (
        name: String, original: any TensorBuffer, place: Int, piece: any TensorBuffer
    )

    private let file: SpillFile
    private let state: TrainingState
    private let vectors: [Vector]
    private let width: Int

    /// Makes the file; nil where none can be made.
    ///
    /// - Parameters:
    ///   - state: What is kept.
    ///   - pieceCount: The most elements of a piece; by default 4 MiB in single precision.
    /// - Throws: What the backend throws.
    init?(of state: TrainingState, pieceCount: Int = 1 << 20) throws {
        guard let file = SpillFile() else { return nil }
        self.file = file
        self.state = state
        width = state.backend.isDoublePrecision ? 8 : 4
        var pieces: [Int: any TensorBuffer] = [:]
        var place = 0
        var vectors: [Vector] = []
        for (name, buffer) in state.persistent {
            let count = min(buffer.type.shape.count, pieceCount)
            let piece = try pieces[count] ?? state.backend.makeBuffer(TensorType([count]))
            pieces[count] = piece
            vectors.append((name, buffer, place, piece))
            place += buffer.type.shape.count * width
        }
        self.vectors = vectors
    }

    func take() throws -> Bool {
        for vector in vectors {
            let (count, size) = (vector.original.type.shape.count, vector.piece.type.shape.count)
            for start in stride(from: 0, to: count, by: size) {
                // A copy fills the piece, so the last one begins where it ends with the vector.
                let start = min(start, count - size)
                try state.backend.copy(vector.original, from: start, to: vector.piece)
                let bytes = try state.tensor(named: vector.name, of: vector.piece).bytes
                guard file.write(bytes, at: vector.place + start * width) else { return false }
            }
        }
        return true
    }

    func restore() throws -> Bool {
        for vector in vectors {
            let count = vector.original.type.shape.count
            guard let bytes = file.read(count * width, at: vector.place) else { return false }
            let tensor = try Safetensors.Tensor(
                name: vector.name, shape: [count],
                elementType: width == 8 ? .float64 : .float32, bytes: bytes)
            try state.write(tensor, to: vector.original)
        }
        return true
    }
}
