import Foundation

/// What was measured for matrix products on one device: which kernel is fastest, and by how much.
///
/// A file is JSON with sorted keys, to be read, compared and shipped:
///
///     { "clBlastParameters": "vectors",
///       "key": { "device": …, "driverVersion": …, "kernels": …, … },
///       "products": [
///         { "choice": { "panel": { "rows": 8, "vectors": 2, … } }, "isRule": false,
///           "relativeError": 4.1e-8, "ruleSeconds": 0.00061, "seconds": 0.00055,
///           "shape": { "m": 128, "n": 512, "k": 784, … } }, … ],
///       "version": 1 }
///
/// With the same file, a graph compiles to the same kernels and computes the same bits.
public struct TuningFile: Codable, Sendable, Equatable {
    /// What was measured for products of one shape.
    public struct Product: Codable, Sendable, Equatable {
        /// The products.
        public let shape: ProductShape
        let choice: ProductChoice
        /// Whether the choice is what the rules choose without measuring.
        public let isRule: Bool
        /// The median time of the choice, in seconds.
        public let seconds: Double
        /// The median time of what the rules choose, in seconds.
        public let ruleSeconds: Double
        /// The largest error of an element, as a share of the sum of its terms' magnitudes.
        public let relativeError: Double

        /// The kernel and its division of the work.
        public var method: String { choice.description }
    }

    private static let version = 1

    private let version: Int
    let key: TuningKey
    let clBlastParameters: CLBlastParameters
    /// What was measured, in a fixed order.
    public let products: [Product]

    init(key: TuningKey, clBlastParameters: CLBlastParameters, products: [Product]) {
        version = Self.version
        self.key = key
        self.clBlastParameters = clBlastParameters
        self.products = products.sorted {
            $0.shape.sortKey.lexicographicallyPrecedes($1.shape.sortKey)
        }
    }

    // MARK: - Looking up

    /// What was measured for just this shape.
    public func product(of shape: ProductShape) -> Product? {
        products.first { $0.shape == shape }
    }

    /// What is fastest for a shape, by its own measurement or by that of the nearest one; nil if none
    /// is near, or if the rules know best.
    func choice(for shape: ProductShape) -> ProductChoice? {
        if let exact = product(of: shape) { return exact.choice }
        let near = products.compactMap { product in
            shape.distance(to: product.shape).map { (product, $0) }
        }
        guard let nearest = near.min(by: { $0.1 < $1.1 })?.0 else { return nil }
        // A rule that holds there gives other numbers here.
        return nearest.isRule ? nil : nearest.choice
    }

    // MARK: - Files

    /// Where the file for a key is kept; nil if there is no place, or nobody wants one.
    static func path(
        for key: TuningKey, given: String?, cache: String?
    ) -> String? {
        if let given, !given.isEmpty { return given == "off" ? nil : given }
        return cache.map { "\($0)/\(key.fileName)" }
    }

    static func defaultPath(for key: TuningKey) -> String? {
        path(
            for: key, given: DriverEnvironment.value(of: "NNGPU_TUNING"),
            cache: CacheFolder.shared.path)
    }

    /// The file for a key, or why it is not used; neither where there is none and nobody named one.
    static func load(for key: TuningKey) -> (TuningFile?, TuningFileError?) {
        guard let path = defaultPath(for: key) else { return (nil, nil) }
        let isNamed = getenv("NNGPU_TUNING").map { $0.pointee != 0 } ?? false
        if !isNamed, access(path, F_OK) != 0 { return (nil, nil) }
        do {
            return (try TuningFile(contentsOf: path, for: key), nil)
        } catch {
            return (nil, error)
        }
    }

    /// Reads a file that must have been measured with this key.
    init(contentsOf path: String, for key: TuningKey) throws(TuningFileError) {
        guard let bytes = SmallFile.read(path) else { throw .unreadable(path: path) }
        let file: TuningFile
        do {
            file = try JSONDecoder().decode(TuningFile.self, from: Data(bytes))
        } catch {
            throw .malformed(path: path, reason: Self.reason(error))
        }
        guard file.products.allSatisfy(\.shape.isPossible) else {
            throw .malformed(path: path, reason: "no matrices have such sizes")
        }
        guard file.version == Self.version else {
            throw .foreign(
                path: path, field: "format", expected: String(Self.version),
                found: String(file.version))
        }
        if let (field, expected, found) = key.difference(from: file.key) {
            throw .foreign(path: path, field: field, expected: expected, found: found)
        }
        self = file
    }

    /// Writes the file in one step: a reader sees the old one or the new.
    func write(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let text = try encoder.encode(self) + Data("\n".utf8)
        if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            SmallFile.createFolder(String(path[..<slash]))
        }
        guard SmallFile.replace(path, with: Array(text)) else {
            throw TuningFileError.unwritable(path: path)
        }
    }

    private static func reason(_ error: any Error) -> String {
        func place(_ path: [any CodingKey]) -> String {
            path.isEmpty
                ? ""
                : " at \(path.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: "."))"
        }
        return switch error {
        case DecodingError.keyNotFound(let key, let context):
            "no \(key.stringValue)\(place(context.codingPath))"
        case DecodingError.typeMismatch(_, let context),
            DecodingError.valueNotFound(_, let context),
            DecodingError.dataCorrupted(let context):
            context.codingPath.isEmpty
                ? "it is no JSON" : "a wrong value\(place(context.codingPath))"
        default: "\(error)"
        }
    }
}

extension TuningFile: ProductAdvice {}

extension ProductShape {
    /// The order of products in a file.
    fileprivate var sortKey: [Int] {
        [
            m, n, k, batchCount, a.runs == .rows ? 0 : 1, b.runs == .rows ? 0 : 1, a.stride,
            b.stride, a.isShared ? 1 : 0, b.isShared ? 1 : 0, reads, writes,
        ]
    }
}
