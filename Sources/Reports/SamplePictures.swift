import Charts
import NNGPU

/// The samples of a data set as pictures.
struct SamplePictures {
    private let layout: ImageLayout
    private let dataset: Dataset

    /// Nil if samples are no pictures, or so small that nobody would see anything.
    init?(of dataset: Dataset) {
        guard let layout = ImageLayout(of: dataset.sampleShape), layout.height > 4 else {
            return nil
        }
        (self.layout, self.dataset) = (layout, dataset)
    }

    /// The numbers of a sample; nil if they cannot be read.
    func values(of sample: Int) -> [Float]? {
        let start = sample * dataset.featureCount
        return try? dataset.features.numbers(start..<start + dataset.featureCount)
    }

    /// A sample as a picture; nil if it cannot be read.
    func image(of sample: Int) -> PageImage? {
        values(of: sample).flatMap {
            PageImage(
                width: layout.width, height: layout.height, channels: layout.channels,
                values: layout.interleaved($0))
        }
    }
}
