import NNFiles
import NNGraph

extension Trainer {
    /// Where the inputs of a data set would be in a training with such a limit (``TrainingOptions/residentLimit``).
    ///
    /// - Throws: ``DataError`` for a data set without one of the inputs.
    public func residence(
        of dataset: Dataset, limit: Int? = nil
    ) throws(DataError) -> SampleResidence {
        var inputs: [Features] = []
        for input in graphs.network.inputs where input.elementType == .float {
            inputs.append(try dataset.input(input.name).values)
        }
        return SampleResidence(of: inputs, on: state.backend, limit: limit)
    }
}
