import Foundation

extension DataError: LocalizedError, CustomStringConvertible {
    /// The error as one sentence.
    public var errorDescription: String? { description }

    /// The error as one sentence.
    public var description: String {
        switch self {
        case .unknownSource(let spec, let generated):
            """
            There is no data source \(spec.excerpt): name fashion-mnist, a folder of IDX or CIFAR files or \
            with a folder of images for each class, x.npy,y.npy, a file.npz or file.csv, text:FILE, \
            tokens:FILE, or one of \
            \(generated.joined(separator: ", ")).
            """
        case .fashionMNISTMissing(let folder):
            """
            Fashion-MNIST is not in \(folder): run `apt-get install dataset-fashion-mnist` or set \
            NNGPU_DATA to the folder that holds it.
            """
        case .notInFolder(let folder, let file):
            """
            \(folder) has no file \(file): name a folder that holds IDX or CIFAR files under their usual names, \
            or a folder of images for each class.
            """
        case .system(let file, let code):
            "\(file): \(String(cString: strerror(code))): \(Self.remedy(for: code))."
        case .notRegularFile(let file):
            "\(file) is not a regular file: copy its contents into one and name that."
        case .tooLarge(let file, let limit):
            "\(file) holds more than the \(limit) bytes that are accepted: split it or shrink it."
        case .gzip(let file, let position, let problem):
            "\(file), byte \(position): \(problem.explanation)."
        case .foreign(let file, let kind):
            "\(file) is \(kind.name), which is not read here: \(kind.remedy)."
        case .wrongFormat(let file, let expected):
            "\(file) does not begin with \(expected): check that it is the file you meant."
        case .malformedHeader(let file, let position, let expected):
            "\(file), byte \(position): the header lacks \(expected): write the file again."
        case .unsupportedElements(let file, let found, let accepted):
            "\(file) has elements of type \(found): convert them to \(accepted)."
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
            "\(folder) is a folder without PNG or JPEG images: name one that has some, or name files."
        case .imageSize(let file, let width, let height, let expected):
            """
            \(file) is \(width) pixels wide and \(height) high and the model takes samples of shape \
            \(expected): resize the image, or train a model on images that are resized.
            """
        case .featureCount(let dataset, let found, let expected):
            """
            \(dataset) has \(found) features a sample and the model takes \(expected): use the data it \
            was made for, or a model with \(found) inputs.
            """
        case .image(let file, let problem): "\(file) \(problem.explanation)."
        case .imageSizes(let file, let size, let other, let otherSize):
            """
            \(file) is \(size[1]) pixels wide and \(size[0]) high, and \(other) \(otherSize[1]) and \
            \(otherSize[0]): bring all to one size.
            """
        case .images(let first, let others, let count):
            "\(first.description.dropLast()); of all \(count) images \(others) more cannot be read."
        case .unknownClassFolder(let folder, let known):
            """
            \(folder) is no class of the training samples, which are \
            \(known.prefix(12).map(\.printable).joined(separator: ", ")): rename it, or add such samples there.
            """
        case .unclearFiles(let folder, let files):
            """
            \(folder) has several data sets, \(files.prefix(12).map(\.printable).joined(separator: ", ")): keep each \
            in a folder of its own.
            """
        case .sampleShape(let dataset, let found, let expected):
            """
            \(dataset) has samples of shape \(found.excerpt), and the model was made for \(expected.excerpt): bring \
            them into that shape, or train a model on theirs.
            """
        case .singleNumber(let file):
            "\(file) is a single number: give it an array of shape [samples, …]."
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
        case .unclearTarget(let file, let columns):
            """
            \(file) may be about \(columns.prefix(8).map(\.excerpt).joined(separator: " or ")): say which \
            column is to be predicted, and which are to be left out.
            """
        case .notDivisible(let dataset, let count, let share):
            """
            \(share) of the \(count) samples of \(dataset) leaves one part without any: choose another share, or \
            name a file to validate on.
            """
        case .noValues(let dataset, let column):
            """
            Feature \(column) of \(dataset) has no value in any of the samples to train on, so that it has no mean: \
            leave its column out.
            """
        case .lacksColumns(let file, let names):
            """
            \(file) lacks \(names.prefix(12).map(\.excerpt).joined(separator: ", ")) of the columns that the model \
            takes: add them, or name them as in training.
            """
        case .repeatedColumn(let file, let name):
            "\(file): the column \(name.excerpt) is named twice: name each target once."
        case .targetNotNumber(let file, let column, let value):
            """
            \(file): the target \(column.excerpt) is \(value.excerpt) in a row, and only one target may be \
            a word: name one column, or columns of numbers.
            """
        case .mixedTarget(let file, let column, let word, let words, let count):
            """
            \(file): the target \(column.excerpt) is a word in \(words) of \(count) rows, such as \(word.excerpt), \
            and a number in the others: mend them, or name the column as the target if all are classes.
            """
        case .tooManyWords(let file, let column, let distinct, let count):
            """
            \(file): the column \(column.excerpt) has \(distinct) different words in \(count) rows, too many to be \
            learned: name another target, and leave this one out.
            """
        case .unclearKind(let dataset, let target, let distinct, let count):
            """
            The target \(target.excerpt) of \(dataset) has \(distinct) different whole numbers in \(count) \
            samples, which may be classes or numbers: say it with the loss, softmax-cross-entropy or mse.
            """
        case .unknownClass(let dataset, let sample, let value, let known):
            """
            Sample \(sample) of \(dataset) has the target \(value.excerpt), which the model does not know: it \
            knows \(known.prefix(12).map(\.printable).joined(separator: ", ")).
            """
        case .noColumn(let dataset, let name, let known):
            """
            \(dataset) has nothing that is called \(name.excerpt): use \
            \(known.prefix(12).map(\.printable).joined(separator: ", ")), or give it that name.
            """
        case .notUTF8(let file, let position):
            "\(file), byte \(position): this is no UTF-8, which characters are read from: take bytes as tokens."
        case .unknownCharacter(let file, let character, let position):
            "\(file), byte \(position): the model does not know the character \(character.excerpt): leave it out."
        case .tooManyCharacters(let file, let count, let limit):
            "\(file) has \(count) different characters, more than \(limit): take bytes as tokens."
        case .tokensWithoutText(let name):
            "\(name): the model reads numbers and does not know what text they stand for: use one trained on text."
        case .tooFewTokens(let dataset, let count, let length):
            "\(dataset) has \(count) tokens, too few for \(length) and the one that follows: use a longer text."
        case .tokenBeyond(let dataset, let token, let count):
            "\(dataset) has the token \(token), and the model knows \(count): use one with as many outputs."
        case .notWholeNumbers(let dataset, let input):
            """
            \(dataset) has fractions for \(input.excerpt), which the model looks up: \
            give it whole numbers (int32).
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
        case .trailing:
            "the gzip data have ended and other bytes follow: cut them off or fetch the file again"
        }
    }
}

extension DataError.ImageProblem {
    fileprivate var explanation: String {
        switch self {
        case .damaged(let format, let problem):
            "is a damaged \(format) image (\(problem)): fetch or write it again"
        case .tooLarge(let width, let height):
            """
            is \(width) pixels wide and \(height) high, more than the \(EncodedImage.limit) bytes that are decoded: \
            make it smaller
            """
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
        case .notANumber(let field) where FieldKind.hasDecimalComma(field):
            "\(field.excerpt) is not a number: write \(field.replacing(",", with: ".")) or "
                + "\(field.replacing(",", with: "")), whichever is meant"
        case .notANumber(let field):
            "\(field.excerpt) is not a number: replace it, or leave the column out"
        case .missing(let field):
            "\(field.isEmpty ? "the field is empty" : "\(field.excerpt) stands for a missing value"): "
                + "fill it in, leave such rows out, or give features their column's mean"
        case .notText(let field):
            "\(field.excerpt) is no text in UTF-8: check that it is a table"
        case .unclearHeader(let fields):
            "the first row, \(fields.joined(separator: ", ").excerpt), may be names or a sample: say which"
        case .notFinite(let field):
            "\(field.excerpt) is not a finite 32-bit float: replace it or drop the row"
        case .fieldCount(let expected, let found):
            "the row has \(found) fields and the first has \(expected): give all rows as many"
        case .unclosedQuote: "a quotation mark is never closed: close it"
        case .textAfterQuote: "a closing quotation mark is not followed by a comma: add one"
        case .endlessRow(let limit):
            "the row does not end within \(limit) bytes: check that it is a CSV file"
        case .noFeatures:
            "there is one column only: give features and a label, or say what separates them"
        }
    }
}
