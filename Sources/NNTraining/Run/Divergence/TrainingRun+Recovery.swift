import NNGraph

extension TrainingRun {
    /// Finds the step that is not finite and does about it what the options say.
    ///
    /// The steps since the snapshot are taken again, one by one, which gives the same numbers. What was
    /// reported in the meantime does not matter: the steps after the one that is found are taken, looked
    /// at and reported once more.
    ///
    /// - Returns: What was done; nil if each step is finite and only their losses were too large to be
    ///   added up on the device. Then the last step is to be taken again.
    /// - Throws: ``TrainingError/diverged(_:)`` if the training is to stop, or if it has been helped
    ///   too often; ``TrainingError/notFinite(epoch:step:)`` if nothing explains what was found.
    func recover() throws -> Recovery? {
        let failed = state.step
        guard let snapshot, failed > snapshot.place.step, retakenStep != failed else {
            throw TrainingError.notFinite(epoch: epoch(of: failed), step: failed)
        }
        let (step, isFinite) = try lookThrough(upTo: failed, from: snapshot)
        checkedStep = nil
        reportedStep = min(reportedStep, state.step)
        if isFinite {
            retakenStep = failed
            return nil
        }
        let divergence = Divergence(
            epoch: epoch(of: step), step: step,
            source: try state.backend.isDoublePrecision
                ? ReferenceStep<Double>.firstNonFinite(of: step, in: self)
                : ReferenceStep<Float>.firstNonFinite(of: step, in: self))
        self.divergence = divergence
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
                at: Checkpoint.Place(step: state.step, epochSums: epochSums, unreadSums: readSums))
        case .rollback:
            guard recoveries.rollbacks < NonFinitePolicy.mostRollbacks else {
                throw TrainingError.diverged(divergence)
            }
            try goBack(to: snapshot)
            reportedStep = snapshot.place.step
            recoveries.rollbacks += 1
        }
        return Recovery(
            divergence: divergence, lastStep: state.step, rateFactor: recoveries.rateFactor,
            isSkipped: options.onNonFinite == .skip)
    }

    /// Looks for the first step after the snapshot whose own loss or whose new state is not finite.
    ///
    /// - Returns: That step, or the last one, and whether it is finite. The training then stands before it.
    private func lookThrough(
        upTo last: Int, from snapshot: Snapshot
    ) throws -> (step: Int, isFinite: Bool) {
        try goBack(to: snapshot)
        var isFinite = true
        var before = (epochSums, readSums)
        while state.step < last, isFinite {
            before = (epochSums, readSums)
            try takeStep()
            let sums = try state.takeMetrics(count: unreadSamples)
            unreadSamples = 0
            isFinite = try state.graphs.sums.isFinite(sums) && snapshot.isStateFinite()
            readSums += sums
            if state.step == reportedStep {
                epochSums += readSums
                readSums = MetricSums()
            }
            if isEnd, state.step <= reportedStep { (epochSums, readSums) = (.init(), .init()) }
        }
        let step = state.step
        try goBack(to: snapshot)
        while state.step < step - 1 { try takeStep() }
        try state.resetMetrics()
        unreadSamples = 0
        (epochSums, readSums) = before
        return (step, isFinite)
    }

    /// Restores the snapshot and what was added up then.
    private func goBack(to snapshot: Snapshot) throws {
        let failed = state.step
        guard try snapshot.restore() else {
            throw TrainingError.notFinite(epoch: epoch(of: failed), step: failed)
        }
        (epochSums, readSums) = (snapshot.place.epochSums, snapshot.place.unreadSums)
        unreadSamples = 0
    }
}
