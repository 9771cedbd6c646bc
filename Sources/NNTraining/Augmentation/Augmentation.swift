import NNGraph

/// Random changes of the pictures of a training, which make few of them many.
///
/// They are part of the step's graph, in front of the model's ``Preparation``, and of nothing else: evaluation and
/// prediction see pictures as they are. What becomes of a picture follows from the seed, the epoch and the number of the
/// sample alone, so it is the same for every size of a batch, on every device, and after a training was resumed.
///
/// In this order: the picture is shifted, cropped, flipped, and a square is cut out of it.
public struct Augmentation: Sendable, Equatable {
    /// Whether each picture is mirrored left to right with probability 1/2: torchvision's `RandomHorizontalFlip`.
    public var flip: Bool
    /// How many pixels a picture is moved at most, up or down and left or right, every whole number as likely; what
    /// comes in at an edge repeats the pixel there: `RandomCrop(size, padding: shift, padding_mode: "edge")`.
    public var shift: Int
    /// How many zeros are put around a picture before a part of its own size is cut out of it, every place as likely:
    /// torchvision's `RandomCrop(size, padding: crop)`.
    public var crop: Int
    /// The side of a square that becomes 0, whose middle is any pixel, so that a part of it may lie outside: Cutout
    /// (DeVries and Taylor 2017), before the model's preparation.
    public var cutout: Int

    /// Describes changes; without any, pictures stay as they are.
    public init(flip: Bool = false, shift: Int = 0, crop: Int = 0, cutout: Int = 0) {
        (self.flip, self.shift, self.crop, self.cutout) = (flip, shift, crop, cutout)
    }

    /// How the parts are written, for people.
    static let forms = ["flip", "shift:PIXELS", "crop:PIXELS", "cutout:SIDE"]

    /// Throws ``AugmentationError`` unless samples of the shape are images that can be changed so.
    package func check(_ name: String, _ sampleShape: [Int]) throws(AugmentationError) -> ImageAxes
    {
        guard let axes = ImageAxes(of: sampleShape) else {
            throw .notAnImage(input: name, shape: sampleShape)
        }
        guard axes.count <= Self.largestImage else {
            throw .imageTooLarge(shape: sampleShape, limit: Self.largestImage)
        }
        let side = min(axes.height, axes.width)
        // A picture that is moved by its own size is no longer to be seen.
        for (word, value, limit) in [
            ("shift", shift, side - 1), ("crop", crop, side - 1), ("cutout", cutout, side),
        ] where !(0...limit).contains(value) {
            throw .outOfRange(word: word, value: value, limit: limit, shape: sampleShape)
        }
        return axes
    }

    /// The most numbers of a sample: places in it are counted in single precision, exactly up to here.
    package static let largestImage = 1 << 24
}

extension Augmentation: CustomStringConvertible {
    /// Understands parts such as `flip,crop:4,cutout:8`, each of them once.
    public init(_ text: String) throws(AugmentationError) {
        self.init()
        var words: Set<Substring> = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let sides = part.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard words.insert(sides[0]).inserted else { throw .unknown(String(part)) }
            let pixels = sides.count == 2 ? Int(sides[1]) ?? 0 : 0
            switch (sides[0], sides.count) {
            case ("flip", 1): flip = true
            case ("shift", 2) where pixels > 0: shift = pixels
            case ("crop", 2) where pixels > 0: crop = pixels
            case ("cutout", 2) where pixels > 0: cutout = pixels
            default: throw .unknown(String(part))
            }
        }
    }

    /// The parts as ``init(_:)`` takes them; `none` if there are none.
    public var description: String {
        let numbers = [("shift", shift), ("crop", crop), ("cutout", cutout)]
        let parts = (flip ? ["flip"] : []) + numbers.filter { $1 != 0 }.map { "\($0):\($1)" }
        return parts.isEmpty ? "none" : parts.joined(separator: ",")
    }
}

/// Which axes of a sample are what of an image.
package struct ImageAxes: Equatable {
    package let channels: Int
    package let height: Int
    package let width: Int
    /// Whether the channels of a pixel lie beside each other, not each channel by itself.
    package let isInterleaved: Bool

    package var count: Int { channels * height * width }

    /// [height, width], channels before them, or one or three channels behind them; nil for anything else.
    init?(of sampleShape: [Int]) {
        switch sampleShape.count {
        case 2: self.init(channels: 1, height: sampleShape[0], width: sampleShape[1])
        case 3 where ![1, 3].contains(sampleShape[0]) && [1, 3].contains(sampleShape[2]):
            self.init(
                channels: sampleShape[2], height: sampleShape[0], width: sampleShape[1],
                isInterleaved: true)
        case 3: self.init(channels: sampleShape[0], height: sampleShape[1], width: sampleShape[2])
        default: return nil
        }
    }

    private init(channels: Int, height: Int, width: Int, isInterleaved: Bool = false) {
        self.channels = channels
        self.height = height
        self.width = width
        self.isInterleaved = isInterleaved
    }
}
