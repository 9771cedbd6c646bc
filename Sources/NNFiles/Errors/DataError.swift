/// What can be wrong with data: one sentence that says what, where and what to do.
///
/// Files and the data sets that are made of them share it, as a function names one error that it throws.
public enum DataError: Error, Sendable {
    /// The specification of `--data` names nothing that can be loaded, nor one of the generated sets.
    case unknownSource(String, generated: [String])
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
    /// The file is in another format than its place or its name promises.
    case foreign(file: String, FileKind)
    /// The first bytes are not those of the format.
    case wrongFormat(file: String, expected: String)
    /// The header is damaged at this byte.
    case malformedHeader(file: String, position: Int, expected: String)
    /// The elements have a type that is not read.
    case unsupportedElements(file: String, found: String, accepted: String)
    /// The announced shape has more elements than `Int` can count.
    case countOverflow(file: String, shape: [Int])
    /// Another number of bytes follows than the header announces.
    case byteCount(file: String, expected: Int, found: Int)
    /// The data go on after as many bytes as the header announces.
    case moreBytes(file: String, expected: Int)
    /// The bytes end inside of this sample, counted from 0.
    case partialSample(file: String, sample: Int, found: Int, expected: Int)
    /// The folder has no images that can be read.
    case noImages(folder: String)
    /// The image has another size than the model's samples.
    case imageSize(file: String, width: Int, height: Int, expected: [Int])
    /// The samples have another size than the model takes.
    case featureCount(dataset: String, found: Int, expected: Int)
    /// The image cannot be read.
    case image(file: String, ImageProblem)
    /// Two images of a folder differ in size, which nothing was said about.
    case imageSizes(file: String, size: [Int], other: String, otherSize: [Int])
    /// This many more images than the first cannot be read either.
    indirect case images(first: DataError, others: Int, of: Int)
    /// The samples of a class, by its folder, are missing from the part of the data.
    case unknownClassFolder(folder: String, known: [String])
    /// Each of these files may be the one that is meant.
    case unclearFiles(folder: String, files: [String])
    /// The samples have another shape than those that the model was made for.
    case sampleShape(dataset: String, found: [Int], expected: [Int])
    /// The array has no axes.
    case singleNumber(String)
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

    /// Each of these columns may be the one to predict.
    case unclearTarget(file: String, columns: [String])
    /// So small a share of so few samples leaves nothing to validate on, or nothing to train on.
    case notDivisible(dataset: String, count: Int, share: Double)
    /// The table has some of the columns that the model takes, and lacks these.
    case lacksColumns(file: String, names: [String])
    /// One column was named twice.
    case repeatedColumn(file: String, name: String)
    /// A target that should be a number beside others is none.
    case targetNotNumber(file: String, column: String, value: String)
    /// The targets are words, more different ones than the rows could teach.
    case tooManyWords(file: String, column: String, distinct: Int, count: Int)
    /// Some of the targets are words and others are numbers.
    case mixedTarget(file: String, column: String, word: String, words: Int, count: Int)
    /// The target is whole numbers, so many different ones that they may be classes or numbers.
    case unclearKind(dataset: String, target: String, distinct: Int, count: Int)
    /// The target of this sample, counted from 0, is no class that the model knows.
    case unknownClass(dataset: String, sample: Int, value: String, known: [String])
    /// Of this feature, counted from 1, no training sample has a value.
    case noValues(dataset: String, column: Int)
    /// The data set has nothing of this name.
    case noColumn(dataset: String, name: String, known: [String])
    /// The model looks the input up, and the data set has fractions for it.
    case notWholeNumbers(dataset: String, input: String)
    /// The bytes at this place are no text.
    case notUTF8(file: String, position: Int)
    /// The character at this byte is none that the model knows.
    case unknownCharacter(file: String, character: String, position: Int)
    /// The text has more different characters than tokens can be made of.
    case tooManyCharacters(file: String, count: Int, limit: Int)
    /// Nobody knows what text the tokens stand for.
    case tokensWithoutText(String)
    /// The text has too few tokens for a sequence and what follows it.
    case tooFewTokens(dataset: String, count: Int, length: Int)
    /// The largest token is beyond those that there are.
    case tokenBeyond(dataset: String, token: Int, count: Int)

    /// What can be wrong with gzip data.
    public enum GzipProblem: Sendable {
        /// A member does not begin with the gzip signature.
        case notGzip
        /// The data end within a member.
        case truncated
        /// A block or a check sum is wrong; the text is zlib's own.
        case corrupt(String)
        /// Something else than gzip data and zeros follows the end.
        case trailing
    }

    /// What can be wrong with an image.
    public enum ImageProblem: Sendable {
        /// The bytes are not what the format, which is named, asks for; the text says how.
        case damaged(String, String)
        /// The image has more pixels than are decoded.
        case tooLarge(width: Int, height: Int)
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
        /// There is nothing in the field, or what stands for nothing.
        case missing(String)
        /// The field has bytes that no text has.
        case notText(String)
        /// The first row may have names or be a sample.
        case unclearHeader([String])
    }
}
