import NNModel

extension TrainingTask {
    /// Throws ``LossError/takesLogits(loss:layer:)`` for a model that ends with what the loss has in it: softmax of a
    /// softmax trains slowly, and to other numbers than those that are wanted.
    func check(endOf network: Network) throws(LossError) {
        for objective in objectives {
            let last = network.lastLayer(of: objective.output)
            switch (objective.loss, last) {
            case (is CrossEntropy, let layer as Softmax):
                throw .takesLogits(loss: CrossEntropy.typeName, layer: type(of: layer).typeName)
            case (is BinaryCrossEntropy, let layer as Sigmoid):
                throw .takesLogits(
                    loss: BinaryCrossEntropy.typeName, layer: type(of: layer).typeName)
            default: continue
            }
        }
    }
}
