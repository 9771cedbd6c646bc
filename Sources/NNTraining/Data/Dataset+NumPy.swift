import NNFiles

extension Dataset {
    /// Reads features [N, ...] and targets [N] or [N, K] from two NumPy files; bytes become numbers from 0 to 1.
    init(features featurePath: String, targets targetPath: String) throws(DataError) {
        try self.init(
            features: NumPyArray(contentsOf: featurePath), named: featurePath,
            targets: NumPyArray(contentsOf: targetPath), named: targetPath)
    }

    /// Takes features [N, ...] and targets [N] or [N, K].
    init(
        features: NumPyArray, named featureName: String,
        targets: NumPyArray, named targetName: String
    ) throws(DataError) {
        guard let count = features.shape.first else { throw .singleNumber(featureName) }
        guard !targets.shape.isEmpty else { throw .singleNumber(targetName) }
        guard let targetCount = targets.shape.first, targets.shape.count <= 2 else {
            throw .shape(
                file: targetName, expected: "[samples] or [samples, targets]", found: targets.shape)
        }
        guard count == targetCount else {
            throw .sampleCounts(
                features: featureName, count, targets: targetName, targetCount)
        }
        let sampleShape = features.shape.dropFirst()
        let width = targets.shape.dropFirst().first ?? 1
        let values = targets.values
        try self.init(
            name: featureName,
            inputs: [
                Input(
                    Self.inputName, Features(features.elements),
                    sampleShape: sampleShape.isEmpty ? [1] : Array(sampleShape))
            ],
            targets: [
                Target(
                    Self.targetName, values, width: width,
                    kind: width == 1
                        ? TargetKind(of: values, areWhole: targets.isWhole) : .numbers,
                    source: targetName)
            ])
    }
}

extension Features {
    /// Bytes stand for numbers from 0 to 1, as in every format; other numbers are taken as they are.
    init(_ elements: NumPyArray.Elements) {
        switch elements {
        case .floats(let values): self = .floats(values)
        case .bytes(let bytes): self = .unorm8(bytes)
        }
    }
}

extension DatasetSplit {
    /// Reads the arrays `x` and `y`, or `x_train` and `y_train` with `x_test` and `y_test`, from a NumPy
    /// archive.
    init(_ archive: NumPyArchive, file: String) throws(DataError) {
        // In any case, as features are often called X; `numpy.savez` without names gives arr_0, arr_1.
        let names = Dictionary(archive.names.map { ($0.lowercased(), $0) }) { first, _ in first }
        func dataset(_ features: String, _ targets: String) throws(DataError) -> Dataset? {
            guard let x = names[features], let y = names[targets],
                let features = try archive.array(named: x),
                let targets = try archive.array(named: y)
            else { return nil }
            return try Dataset(
                features: features, named: "\(file), array \(x)", targets: targets,
                named: "\(file), array \(y)")
        }
        var train: Dataset?
        for (x, y) in [("x_train", "y_train"), ("x", "y"), ("arr_0", "arr_1")] where train == nil {
            train = try dataset(x, y)
        }
        guard let train else {
            if archive.names.isEmpty, let kind = archive.kind { throw .foreign(file: file, kind) }
            throw .arrayNames(file: file, found: archive.names)
        }
        try self.init(train: train, test: dataset("x_test", "y_test"))
    }
}
