import NNGraph
import NNModel

/// What chance decides about each picture of a training: whole numbers that a step is given with its batch.
///
/// They are drawn on the host, some ten for each picture of an epoch, because only whole numbers are the same in every
/// precision; the pixels are the device's work.
package struct AugmentationDraws {
    /// One of the numbers.
    enum Draw: Int, CaseIterable {
        /// 1 where the picture is mirrored, else 0.
        case flip
        /// How far down and right of a pixel the one is that takes its place.
        case shiftRows, shiftColumns
        /// The same in the picture with zeros around it.
        case cropRows = 4, cropColumns
        /// The first row and column of the square, which may be negative.
        case cutRow, cutColumn
    }

    /// Those that are needed, in the order in which they are given.
    let draws: [Draw]
    private let augmentation: Augmentation
    private let axes: ImageAxes

    package init(_ augmentation: Augmentation, _ axes: ImageAxes) {
        self.augmentation = augmentation
        self.axes = axes
        draws = Draw.allCases.filter {
            switch $0 {
            case .flip: augmentation.flip
            case .shiftRows, .shiftColumns: augmentation.shift > 0
            case .cropRows, .cropColumns: augmentation.crop > 0
            case .cutRow, .cutColumn: augmentation.cutout > 0
            }
        }
    }

    /// The numbers of some samples in an epoch counted from 0, row-major, [samples, draws].
    ///
    /// Draw `d` of sample `s` comes from word `8 · s + d` of the stream of ``RandomStream/augmentation``, at the step that is
    /// the epoch: `⌊word · n / 2³²⌋` is one of `n` numbers.
    package func numbers(of samples: some Sequence<Int32>, seed: UInt64, epoch: Int) -> [Float] {
        let philox = Philox(seed: seed)
        let step = UInt32(truncatingIfNeeded: epoch)
        var numbers: [Float] = []
        for sample in samples {
            let blocks = (0..<2).map {
                philox.block([
                    2 * UInt32(bitPattern: sample) + $0, 0, step, RandomStream.augmentation,
                ])
            }
            for draw in draws {
                let word = blocks[draw.rawValue / 4][draw.rawValue % 4]
                numbers.append(Float(number(draw, word)))
            }
        }
        return numbers
    }

    private func number(_ draw: Draw, _ word: UInt32) -> Int {
        func one(of count: Int) -> Int { Int((UInt64(word) * UInt64(count)) >> 32) }
        switch draw {
        case .flip: return one(of: 2)
        case .shiftRows, .shiftColumns:
            return one(of: 2 * augmentation.shift + 1) - augmentation.shift
        case .cropRows, .cropColumns:
            return one(of: 2 * augmentation.crop + 1) - augmentation.crop
        case .cutRow: return one(of: axes.height) - augmentation.cutout / 2
        case .cutColumn: return one(of: axes.width) - augmentation.cutout / 2
        }
    }
}
