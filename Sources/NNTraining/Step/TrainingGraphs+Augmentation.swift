import NNGraph
import NNModel

extension TrainingGraphs {
    /// What chance decides about the pictures of a step, if they are augmented.
    var augmentationDraws: AugmentationDraws? {
        guard let augmentation, let imageAxes else { return nil }
        return AugmentationDraws(augmentation, imageAxes)
    }

    /// What may be drawn for a batch that repeats so many samples, `count` numbers in all.
    package func augmentationDraws(of count: Int, repeating samples: Int) -> [Float] {
        guard let draws = augmentationDraws else { return [] }
        let batch = (0..<count / draws.draws.count).map { Int32($0 % samples) }
        return draws.numbers(of: batch, seed: seed, epoch: 0)
    }

    /// The inputs of a batch as a step takes them: the pictures of the first one changed, if that is asked for.
    func augmented(_ samples: Picking) throws -> NamedTensors {
        guard let augmentation, let imageAxes, let draws = augmentationDraws?.draws,
            let name = network.inputs.first?.name
        else { return samples.inputs }
        let drawn = try Tensor.input(Name.augmentation, [samples.batchSize, draws.count])
        let augment = AugmentationGraph(augmentation, imageAxes)
        return NamedTensors(
            try Dictionary(
                uniqueKeysWithValues: samples.inputs.names.map {
                    let x = try samples.inputs[$0]
                    return ($0, $0 == name ? try augment(x, drawn) : x)
                }))
    }
}
