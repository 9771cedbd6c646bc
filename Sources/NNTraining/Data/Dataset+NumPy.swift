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
        for (x, y) in [("x_train", "y_train"), ("x", "y"), ("arr_0", "arr_1")] {
            guard let train = try dataset(x, y) else { continue }
            let test = try dataset("x_test", "y_test")
            let used = [x, y] + (test == nil ? [] : ["x_test", "y_test"])
            let unused = archive.names.filter { !used.contains($0.lowercased()) }
            try self.init(
                train: unused.isEmpty ? train : train.ignoring(arrays: unused), test: test)
            return
        }
        if archive.names.isEmpty, let kind = archive.kind { throw .foreign(file: file, kind) }
        throw .arrayNames(file: file, found: archive.names)
    }
}

extension Dataset {
    /// The same with a remark that other arrays of its file are not used, such as those of a validation.
    fileprivate func ignoring(arrays names: [String]) throws(DataError) -> Dataset {
        let list = names.joined(separator: ", ")
        let remark =
            names.count == 1
            ? "the file's array \(list) is not used" : "the file's arrays \(list) are not used"
        return try Dataset(
            name: name, inputs: inputs, targets: allTargets, classNames: classNames,
            remarks: remarks + [remark])
    }
}
