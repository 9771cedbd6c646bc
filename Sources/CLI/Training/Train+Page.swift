import Foundation
import NNGPU
import Reports

// MARK: - The page that --report asks for

extension Train {
    /// Writes the page, if one is asked for.
    func writeReport(
        of training: FinishedTraining, ending: String, _ evaluation: Evaluation
    ) throws {
        guard let report else { return }
        let (description, judged) = (training.subject.description, training.subject.judged)
        let record = TrainingRecord(
            command: Invocation.line, device: training.backend.name, seed: seed,
            settings: settings(of: training), layers: try layers(of: description),
            progress: training.progress, monitored: training.subject.monitored, ending: ending,
            evaluation: evaluation, dataset: judged,
            outputs: try training.trainer.predict(judged.features), loss: description.task.loss,
            trainer: training.trainer)
        try AtomicFile.write(
            Data(TrainingPage.html(of: record).utf8), to: URL(fileURLWithPath: report))
    }

    private func settings(of training: FinishedTraining) -> [(name: String, value: String)] {
        let (subject, trainer) = (training.subject, training.trainer)
        return [
            ("samples", subject.split.train.count.grouped),
            ("batch size", String(subject.batchSize)),
            ("optimizer", optimization.words), ("learning rate", "\(trainer.learningRate)"),
            ("schedule", "\(trainer.schedule)"), ("loss", type(of: trainer.graphs.loss).typeName),
            ("parameters", trainer.graphs.layout.count.grouped),
        ]
    }

    private func layers(of description: ModelDescription) throws -> [[String]] {
        let summary = try ModelSummary(of: description.network)
        return [["place", "layer", "output", "parameters"]]
            + summary.rows.map {
                [$0.path, $0.label, "\($0.outputShape)", $0.parameterCount.grouped]
            }
    }
}
