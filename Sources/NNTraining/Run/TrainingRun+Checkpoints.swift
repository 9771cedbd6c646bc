import NNFiles

// MARK: - What the training can be resumed from

extension TrainingRun {
    /// Begins to write where the training is, unless that is on the disk already.
    func saveCheckpoint(
        _ failed: (AtomicFileError) throws -> Void
    ) throws {
        guard let checkpoints, savedStep != state.step else { return }
        try checkAll()
        var unreadSums = readSums
        unreadSums += try state.readMetrics(count: unreadSamples)
        let best = stopping?.checkpointed
        let isKept = options.onNonFinite == .rollback
        let checkpoint = try observer.during(.snapshot(step: state.step)) {
            try trainer.checkpoint(
                Checkpoint.Record(
                    step: state.step, lastStep: min(lastStep, 1 << 53), settings: settings,
                    notes: checkpoints.notes, classNames: classNames, epochSums: epochSums,
                    unreadSums: unreadSums, best: best?.0, recoveries: recoveries,
                    snapshot: isKept ? snapshot?.place : nil),
                and: (best?.vectors ?? [])
                    + (isKept ? snapshot?.checkpointed ?? [] : []))
        }
        try waitForCheckpoint(failed)
        try checkpoints.save(checkpoint) { [observer, step = state.step] write in
            try observer.during(.checkpoint(step: step), write)
        }
        savedStep = state.step
    }

    /// Waits until the last checkpoint is on the disk, or could not be written.
    func waitForCheckpoint(_ failed: (AtomicFileError) throws -> Void) throws {
        do { try checkpoints?.finish() } catch let error as AtomicFileError { try failed(error) }
    }
}
