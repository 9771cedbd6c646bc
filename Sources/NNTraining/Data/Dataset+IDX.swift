import NNFiles

extension Dataset {
    /// Reads images, whose bytes stand for [0, 1], and their class labels from two IDX files.
    init(
        name: String, images imagePath: String, labels labelPath: String, classNames: [String]?
    ) throws(DataError) {
        let images = try IDX(contentsOf: imagePath)
        guard images.shape.count > 1 else {
            throw .shape(file: imagePath, expected: "[samples, rows, columns]", found: images.shape)
        }
        let labels = try IDX(contentsOf: labelPath)
        guard labels.shape.count == 1 else {
            throw .shape(file: labelPath, expected: "[samples]", found: labels.shape)
        }
        guard images.shape[0] == labels.shape[0] else {
            throw .sampleCounts(
                features: imagePath, images.shape[0], targets: labelPath, labels.shape[0])
        }
        try self.init(
            name: name, features: .unorm8(images.elements),
            sampleShape: Array(images.shape.dropFirst()), targets: labels.elements.map(Float.init),
            targetWidth: 1, classNames: classNames)
    }
}
