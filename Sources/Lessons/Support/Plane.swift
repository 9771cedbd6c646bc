import Charts
import NNGPU

extension Landscape {
    /// The loss of a trained network as a function of two numbers, with its derivatives.
    final class Plane {
        private let backend: any Backend
        private let surface: any Executable
        private let step: any Executable

        /// The plane `W* + α·D₁ + β·D₂` of random directions, normalized neuron by neuron.
        init(through trainer: Trainer, data: Dataset, _ context: LessonContext) throws {
            backend = context.backend
            let layout = trainer.graphs.layout
            let weights = try layout.entries.flatMap { try trainer.values(of: $0.name) }
            let place = try Tensor.parameter("place", [2])
            let directions = try [1, 2].map { stream in
                try Tensor.constant(
                    Self.direction(layout, weights, context, stream: stream), [layout.count])
            }
            let coordinates = try (0..<2).map { try place.slice($0..<$0 + 1) }
            let moved =
                try Tensor.constant(weights, [layout.count]) + coordinates[0] * directions[0]
                + coordinates[1] * directions[1]
            let x = try Tensor.constant(data.features.map(Double.init), [data.count, 2])
            let y = try Tensor.constant(data.targets.map(Double.init), [data.count])
            let pass = try ForwardPass(parameters: layout.views(of: moved))
            let outputs = try trainer.graphs.network(
                [TrainingGraphs.Name.features: x], in: pass)[TrainingGraphs.Name.outputs]
            let height = try trainer.graphs.loss.terms(outputs, y).mean()
            let slope = try gradients(of: height, withRespectTo: [place])[0]
            // Differentiating the gradient again gives the rows of the Hessian.
            let rows = try (0..<2).map { row in
                try gradients(
                    of: slope.slice(row..<row + 1).sum(), withRespectTo: [place])[0]
            }
            surface = try backend.compile(
                Graph(outputs: [
                    "all": concatenate([height.reshape([1])] + rows)
                ]))
            step = try backend.compile(
                Graph(
                    outputs: ["height": height], updates: [(place, place - slope * 0.02)]),
                binding: ["place": surface.buffer(named: "place")])
        }

        /// The height of a place and the determinant of the Hessian there.
        func look(at place: Point) throws -> (height: Double, determinant: Double) {
            try backend.write([place.x, place.y], to: surface.buffer(named: "place"))
            try surface.run()
            let all = try backend.read(surface.buffer(named: "all"))
            return (all[0], all[1] * all[4] - all[2] * all[3])
        }

        /// The places and heights of plain gradient descent.
        func descend(from start: Point, steps: Int) throws -> [(place: Point, height: Double)] {
            let buffer = try step.buffer(named: "place")
            try backend.write([start.x, start.y], to: buffer)
            return try (0..<steps).map { _ in
                let place = try backend.read(buffer)
                try step.run()
                let height = try backend.read(step.buffer(named: "height"))[0]
                return (Point(place[0], place[1]), height)
            }
        }

        /// Random numbers, scaled so that each neuron's are as long as its weights; biases stay.
        private static func direction(
            _ layout: ParameterLayout, _ weights: [Double], _ context: LessonContext,
            stream: UInt32
        ) -> [Double] {
            var direction = context.uniform(layout.count, in: -1...1, stream: stream)
            func length(_ numbers: ArraySlice<Double>) -> Double {
                numbers.map { $0 * $0 }.reduce(0, +).squareRoot()
            }
            for entry in layout.entries {
                let width = entry.shape.rank == 2 ? entry.shape[1] : entry.range.count
                for start in stride(
                    from: entry.range.lowerBound, to: entry.range.upperBound, by: width)
                {
                    let filter = start..<start + width
                    let scale =
                        entry.shape.rank == 2
                        ? length(weights[filter]) / length(direction[filter]) : 0
                    for index in filter { direction[index] *= scale }
                }
            }
            return direction
        }
    }
}
