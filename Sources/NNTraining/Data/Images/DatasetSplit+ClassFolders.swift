import NNFiles

extension DatasetSplit {
    /// Reads images in a folder that has a folder for each class, or has such folders called train and, if there are
    /// any, val and test.
    ///
    /// - Parameters:
    ///   - folder: The folder.
    ///   - options: What becomes of the images.
    ///   - memoryLimit: The most bytes of a part that are read at once.
    /// - Throws: ``DataError``.
    init(
        classFolders folder: String, _ options: ImageOptions,
        memoryLimit: Int = ImageSet.memoryLimit
    ) throws(DataError) {
        let trainFolder = Self.part(["train", "training"], of: folder)
        let (train, form) = try Dataset.read(
            trainFolder ?? folder, named: folder, options, memoryLimit)
        func other(_ names: [String]) throws(DataError) -> (Dataset?, [String]) {
            guard trainFolder != nil, let name = Self.folder(names, in: folder) else {
                return (nil, [])
            }
            let path = "\(folder)/\(name)"
            guard ClassFolders.areIn(path) else {
                return (nil, ["\(path.printable) has no folders of classes and is left out"])
            }
            return try (
                Dataset.read(
                    path, named: path, options, memoryLimit, as: train.classNames, form
                ).dataset, []
            )
        }
        let (validation, first) = try other(["val", "valid", "validation"])
        let (test, second) = try other(["test", "testing"])
        try self.init(
            train: train.adding(remarks: first + second), validation: validation, test: test)
    }

    /// The folder of a part of the data, if there are folders of classes in it: otherwise it may be a class itself.
    private static func part(_ names: [String], of folder: String) -> String? {
        guard let name = Self.folder(names, in: folder) else { return nil }
        let path = "\(folder)/\(name)"
        return ClassFolders.areIn(path) ? path : nil
    }

    private static func folder(_ names: [String], in folder: String) -> String? {
        ClassFolders.folders(in: folder).first { names.contains($0.lowercased()) }
    }

    /// Whether a folder has folders of images, of classes or of parts.
    static func hasClassFolders(_ folder: String) -> Bool {
        ClassFolders.areIn(folder) || part(["train", "training"], of: folder) != nil
    }
}

extension Dataset {
    /// Reads the images of a folder of classes.
    fileprivate static func read(
        _ folder: String, named name: String, _ options: ImageOptions, _ memoryLimit: Int,
        as known: [String]? = nil,
        _ form: ImageFiles.Form? = nil
    ) throws(DataError) -> (dataset: Dataset, form: ImageFiles.Form) {
        let folders = try ClassFolders(folder, as: known)
        let images = try ImageSet(folders.files, options, as: form, limit: memoryLimit)
        var remarks: [String] = []
        if folders.foreignCount > 0 {
            remarks.append(
                "\(folders.foreignCount) images that are neither PNG nor JPEG are left out")
        }
        if images.grayedCount > 0, options.channels == nil {
            remarks.append(
                "\(images.grayedCount) color images are turned gray, as the first ones are")
        }
        let dataset = try Dataset(
            name: name,
            inputs: [
                Input(
                    Self.inputName, images.samples,
                    sampleShape: images.form.layout.sampleShape,
                    areResizedImages: options.size != nil)
            ],
            targets: [
                Target(
                    Self.targetName, folders.labels.map { Float($0) }, width: 1, kind: .classes)
            ], classNames: folders.classNames, remarks: remarks)
        return (dataset, images.form)
    }

    /// The same with more that people should know.
    fileprivate func adding(remarks more: [String]) throws(DataError) -> Dataset {
        try Dataset(
            name: name, inputs: inputs, targets: allTargets, classNames: classNames,
            remarks: remarks + more)
    }
}
