import Foundation

/// What can be wrong with data: one sentence that says what, where and what to do.
public enum DataError: Error, Sendable {
    /// The specification of `--data` names nothing that can be loaded.
    case unknownSource(String)
    /// The folder that should hold Fashion-MNIST does not.
    case fashionMNISTMissing(folder: String)
    /// The folder has no file of this name, plain or gzipped.
    case notInFolder(folder: String, file: String)
    /// The system refused to open, read or write the file; `code` is its `errno`.
    case system(file: String, code: Int32)
    /// The path is a device, a pipe or a socket.
    case notRegularFile(String)
    /// The file holds more bytes, once inflated, than are accepted.
    case tooLarge(file: String, limit: Int)
    /// The gzip data go wrong at this byte of the compressed file.
    case gzip(file: String, position: Int, GzipProblem)
    /// The first bytes are not those of the format.
    case wrongFormat(file: String, expected: String)
    /// The header is damaged at this byte.
    case malformedHeader(file: String, position: Int, expected: String)
    /// The elements have a type that is not read.
    case unsupportedElements(file: String, found: String, accepted: String)
    /// The array is stored column by column.
    case columnMajor(file: String)
    /// The announced shape has more elements than `Int` can count.
    case countOverflow(file: String, shape: [Int])
    /// Another number of bytes follows than the header announces.
    case byteCount(file: String, expected: Int, found: Int)
    /// The data go on after as many bytes as the header announces.
    case moreBytes(file: String, expected: Int)
    /// The bytes end inside of this sample, counted from 0.
    case partialSample(file: String, sample: Int, found: Int, expected: Int)
    /// The folder has no PNG images.
    case noImages(folder: String)
    /// The image has another size than the model's samples.
    case imageSize(file: String, width: Int, height: Int, expected: [Int])
    /// The PNG file cannot be read.
    case png(file: String, PNGProblem)
    /// The zip archive cannot be read.
    case zip(file: String, ZipProblem)
    /// The archive lacks arrays of the names that data have; these are its own.
    case arrayNames(file: String, found: [String])
    /// The array has another shape than the one its role asks for.
    case shape(file: String, expected: String, found: [Int])
    /// The features and the targets are for different numbers of samples.
    case sampleCounts(features: String, Int, targets: String, Int)
    /// The features, the sample shape and the targets of a data set do not fit together.
    case inconsistent(dataset: String)
    /// The training and the test samples differ in shape or in the number of targets.
    case splitMismatch(dataset: String, train: [Int], test: [Int])
    /// The data set has no samples, or samples without features or targets.
    case noSamples(String)
    /// The data set has more samples than 32-bit indices reach.
    case tooManySamples(String, Int)
    /// The element at this place of the flattened array is no finite `Float`.
    case notFinite(file: String, position: Int)
    /// The text goes wrong at this line and field, both counted from 1.
    case csv(file: String, line: Int, column: Int, CSVProblem)
    /// The target of this sample, counted from 0, is no class label.
    case label(dataset: String, sample: Int, value: Float)
    /// The targets are not one column, so they are no class labels.
    case labelWidth(dataset: String, width: Int)

    /// What can be wrong with gzip data.
    public enum GzipProblem: Sendable {
        /// A member does not begin with the gzip signature.
        case notGzip
        /// The data end within a member.
        case truncated
        /// A block or a check sum is wrong; the text is zlib's own.
        case corrupt(String)
    }

    /// What can be wrong with a PNG file.
    public enum PNGProblem: Sendable {
        /// The bytes are not what the format asks for; the text says how.
        case damaged(String)
        /// The image is stored in a way that is not read; the text says how.
        case unsupported(String)
        /// A pixel is not opaque, so its shade depends on what is behind it.
        case transparent
    }

    /// What can be wrong with a zip archive.
    public enum ZipProblem: Sendable {
        /// There is no directory at the end of the file, or it is not what it should be.
        case directory
        /// The archive has more or larger members than are read.
        case zip64
        /// Two members have one name.
        case duplicate(String)
        /// This member is encrypted or compressed in another way than by deflate.
        case method(String)
        /// This member is damaged; the text says how.
        case damaged(String, String)
    }

    /// What can be wrong with a CSV file at one place.
    public enum CSVProblem: Sendable {
        /// The field is not a number.
        case notANumber(String)
        /// The field is infinite, not a number by name, or beyond the range of `Float`.
        case notFinite(String)
        /// The row has another number of fields than the first.
        case fieldCount(expected: Int, found: Int)
        /// A quotation mark is opened and never closed.
        case unclosedQuote
        /// Something other than a comma follows a closing quotation mark.
        case textAfterQuote
        /// The row has not ended after so many bytes.
        case endlessRow(limit: Int)
        /// The rows have one field, which leaves no feature beside the label.
        case noFeatures
    }
}

extension DataError: LocalizedError, CustomStringConvertible {
    /// The error as one sentence.
    public var errorDescription: String? { description }

    /// The error as one sentence.
    public var description: String {
        switch self {
        case .unknownSource(let spec):
            """
            There is no data source \(spec.excerpt): name fashion-mnist, an existing \
            folder of IDX files, x.npy,y.npy, a file.npz or file.csv, or one of \
            \(GeneratedData.allCases.map(\.rawValue).joined(separator: ", ")).
            """
        case .fashionMNISTMissing(let folder):
            """
            Fashion-MNIST is not in \(folder): run `apt-get install dataset-fashion-mnist` or set \
            NNGPU_DATA to the folder that holds it.
            """
        case .notInFolder(let folder, let file):
            """
            \(folder) has no file \(file) or \(file).gz: name a folder that holds the IDX files \
            under their usual names.
            """
        case .system(let file, let code):
            "\(file): \(String(cString: strerror(code))): \(Self.remedy(for: code))."
        case .notRegularFile(let file):
            "\(file) is not a regular file: copy its contents into one and name that."
        case .tooLarge(let file, let limit):
            "\(file) holds more than the \(limit) bytes that are accepted: split it or shrink it."
        case .gzip(let file, let position, let problem):
            "\(file), byte \(position): \(problem.explanation)."
        case .wrongFormat(let file, let expected):
            "\(file) does not begin with \(expected): check that it is the file you meant."
        case .malformedHeader(let file, let position, let expected):
            "\(file), byte \(position): the header lacks \(expected): write the file again."
        case .unsupportedElements(let file, let found, let accepted):
            "\(file) has elements of type \(found): convert them to \(accepted)."
        case .columnMajor(let file):
            """
            \(file) is stored in Fortran order: save it again with \
            numpy.save(file, numpy.ascontiguousarray(array)).
            """
        case .countOverflow(let file, let shape):
            "\(file) announces the impossible shape \(shape.excerpt): its header is damaged."
        case .byteCount(let file, let expected, let found):
            """
            \(file) is \(found < expected ? "truncated" : "too long"): its header announces \
            \(expected) bytes and \(found) follow, so fetch or write it again.
            """
        case .moreBytes(let file, let expected):
            """
            \(file) is too long: more follow the \(expected) bytes that its header announces, so \
            fetch or write it again.
            """
        case .partialSample(let file, let sample, let found, let expected):
            """
            \(file) ends inside of sample \(sample), after \(found) of its \(expected) bytes: cut it \
            to whole samples, or check that the model takes such images.
            """
        case .noImages(let folder):
            "\(folder) is a folder without PNG images: name one that has some, or name files."
        case .imageSize(let file, let width, let height, let expected):
            """
            \(file) is \(width) pixels wide and \(height) high and the model takes samples of shape \
            \(expected): resize the image.
            """
        case .png(let file, let problem): "\(file) \(problem.explanation)."
        case .zip(let file, let problem): "\(file) \(problem.explanation)."
        case .arrayNames(let file, let found):
            """
            \(file) has the arrays \(found.joined(separator: ", ").excerpt): name them x and y, \
            or x_train, y_train, x_test and y_test.
            """
        case .shape(let file, let expected, let found):
            "\(file) has shape \(found.excerpt) where \(expected) is needed: reshape it."
        case .sampleCounts(let features, let featureCount, let targets, let targetCount):
            """
            \(features) has \(featureCount) samples but \(targets) has \(targetCount): name two \
            files that belong together.
            """
        case .inconsistent(let dataset):
            """
            The features and targets of \(dataset) do not fill whole samples of its shape: give \
            as many of each as the shape asks for.
            """
        case .splitMismatch(let dataset, let train, let test):
            """
            The training samples of \(dataset) have shape \(train) and the test samples \(test), \
            or their targets differ in number: give both parts one shape.
            """
        case .noSamples(let dataset):
            "\(dataset) is empty: give it at least one sample with one feature and one target."
        case .tooManySamples(let dataset, let count):
            "\(dataset) has \(count) samples: split it into parts of at most \(Int32.max)."
        case .notFinite(let file, let position):
            """
            \(file), element \(position) of the flattened array, is NaN, infinite or beyond \
            32-bit floats: replace or drop such values.
            """
        case .csv(let file, let line, let column, let problem):
            "\(file), line \(line), column \(column): \(problem.explanation)."
        case .label(let dataset, let sample, let value):
            """
            Sample \(sample) of \(dataset) has the target \(value), which is no class label: \
            number the classes 0, 1, 2, … or use a loss for float targets.
            """
        case .labelWidth(let dataset, let width):
            """
            \(dataset) has \(width) targets a sample, which are no class labels: give one whole \
            number a sample or use a loss for float targets.
            """
        }
    }

    private static func remedy(for code: Int32) -> String {
        switch code {
        case ENOENT: "check the path"
        case EACCES: "ask for the permission or choose another path"
        case EISDIR: "name a file instead of a folder"
        default: "check the disk and try again"
        }
    }
}

extension DataError.GzipProblem {
    fileprivate var explanation: String {
        switch self {
        case .notGzip: "this is not gzip data: drop the .gz from the name or compress the file"
        case .truncated: "the gzip data end too early: fetch the file again"
        case .corrupt(let message): "the gzip data are damaged (\(message)): fetch the file again"
        }
    }
}

extension DataError.PNGProblem {
    fileprivate var explanation: String {
        switch self {
        case .damaged(let problem): "is a damaged PNG file (\(problem)): fetch or write it again"
        case .unsupported(let problem): "\(problem), which is not read: save it as 8-bit gray"
        case .transparent:
            "has transparent pixels, whose shade is open: put it on a background and save it again"
        }
    }
}

extension DataError.ZipProblem {
    fileprivate var explanation: String {
        switch self {
        case .directory:
            "is no whole zip archive, which is what .npz files are: fetch or write it again"
        case .zip64: "is a zip archive of 4 GiB or more: save its arrays as .npy files"
        case .duplicate(let name):
            "has two members \(name.excerpt): write it again with distinct names"
        case .method(let name):
            "has the member \(name.excerpt) encrypted or not deflated: use numpy.savez"
        case .damaged(let name, let problem):
            "has the damaged member \(name.excerpt) (\(problem)): fetch or write it again"
        }
    }
}

extension DataError.CSVProblem {
    fileprivate var explanation: String {
        switch self {
        case .notANumber(let field):
            "\(field.excerpt) is not a number: replace it or drop the row"
        case .notFinite(let field):
            "\(field.excerpt) is not a finite 32-bit float: replace it or drop the row"
        case .fieldCount(let expected, let found):
            "the row has \(found) fields and the first has \(expected): give all rows as many"
        case .unclosedQuote: "a quotation mark is never closed: close it"
        case .textAfterQuote: "a closing quotation mark is not followed by a comma: add one"
        case .endlessRow(let limit):
            "the row does not end within \(limit) bytes: check that it is a CSV file"
        case .noFeatures: "there is one column only: give features and a label, split by commas"
        }
    }
}
