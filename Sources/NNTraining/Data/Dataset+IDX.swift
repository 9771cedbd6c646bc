import NNFiles

extension Dataset {
    /// Reads images, whose bytes stand for [0, 1] and whose other numbers are taken as they are, and their labels from
    /// two IDX files.
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
        // Bytes can be nothing else than classes.
        let values = labels.elements.values
        var kind = TargetKind.classes
        if case .floats = labels.elements {
            kind = TargetKind(of: values, areWhole: labels.isWhole)
        }
        try self.init(
            name: name,
            inputs: [
                Input(
                    Self.inputName, Features(images.elements),
                    sampleShape: Array(images.shape.dropFirst()))
            ],
            targets: [Target(Self.targetName, values, width: 1, kind: kind, source: labelPath)],
            classNames: classNames)
    }
}
