import NNGraph

extension TrainingRun {
    /// Finds the step that is not finite and does about it what the options say.
    ///
    /// The steps since the snapshot are taken again, one by one, which gives the same numbers.
    ///
    /// - Throws: ``TrainingError/diverged(_:)`` if the training is to stop, or if it has been helped
    ///   too often; ``TrainingError/notFinite(epoch:step:)`` if all steps are finite and only the
    ///   loss on the validation samples is not.
    func recover() throws -> Recovery {
        guard let snapshot else { throw NotFinite() }
        let failed = state.step
        guard let step = try firstNonFinite(upTo: failed, from: snapshot) else {
            throw TrainingError.notFinite(epoch: epoch(of: failed), step: failed)
        }
        try goBack(to: snapshot, thenOnTo: step - 1)
        let divergence = Divergence(
            epoch: epoch(of: step), step: step,
            source: try state.backend.isDoublePrecision
                ? ReferenceStep<Double>.firstNonFinite(of: step, in: self)
                : ReferenceStep<Float>.firstNonFinite(of: step, in: self))
        switch options.onNonFinite {
        case .stop:
            throw TrainingError.diverged(divergence)
        case .skip:
            let run = (1...NonFinitePolicy.longestSkip).allSatisfy { skipped.contains(step - $0) }
            if run { throw TrainingError.diverged(divergence) }
            skipped.insert(step)
            recoveries.skippedSteps += 1
            // The next step of the kind may be near.
            try snapshot.take(
                at: Snapshot.Place(
                    step: state.step, epochSums: epochSums,
                    unreadSums: state.readMetrics(count: unreadSamples)))
        case .rollback:
            guard recoveries.rollbacks < NonFinitePolicy.mostRollbacks else {
                throw TrainingError.diverged(divergence)
            }
            try snapshot.restore()
            epochSums = snapshot.place.epochSums
            unreadSamples = snapshot.place.unreadSums.count
            reportedStep = snapshot.place.step
            recoveries.rollbacks += 1
        }
        return Recovery(
            divergence: divergence, lastStep: state.step, rateFactor: recoveries.rateFactor,
            isSkipped: options.onNonFinite == .skip)
    }

    /// The first step after the snapshot whose loss or whose new state is not finite.
    private func firstNonFinite(upTo last: Int, from snapshot: Snapshot) throws -> Int? {
        try goBack(to: snapshot, thenOnTo: snapshot.place.step)
        while state.step < last {
            try takeStep()
            guard try state.readMetrics(count: 0).loss.isFinite, try snapshot.isStateFinite() else {
                return state.step
            }
        }
        return nil
    }

    /// Restores the snapshot and takes the steps after it again, as if nobody had noticed.
    private func goBack(to snapshot: Snapshot, thenOnTo step: Int) throws {
        try snapshot.restore()
        unreadSamples = snapshot.place.unreadSums.count
        while state.step < step {
            try takeStep()
            if state.step == reportedStep {
                try state.resetMetrics()
                unreadSamples = 0
            }
        }
        guard state.step < reportedStep else { return }
        // Everything up to here has been reported, and a bit more.
        try state.resetMetrics()
        unreadSamples = 0
    }
}
